/** Retention by class on a real store: what goes, what stays, and what the audit, a bundle and a reader are told of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { CheckpointMaker } from '../../cli/checkpoints.ts';
import { loadConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { isoOf } from '../../core/time.ts';
import { type TenantId, tenantId, unattributed } from '../../core/types.ts';
import type { Store } from '../../store/index.ts';
import { candidatesOf, saveCandidates } from '../../store/queries/candidates.ts';
import { saveSpread, spreadOf } from '../../store/queries/spread.ts';
import { all } from '../../store/query.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { Stream } from '../helpers/stream.ts';
import { rowsOf } from '../helpers/vault.ts';
import { honestBatch, landAll, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(180_000);
const signal = AbortSignal.timeout(900_000);
const dayMs = 86_400_000;
const acme = tenantId('acme');
const globex = tenantId('globex');
const now = Date.now();
const daysAgo = (days: number) => isoOf(now - days * dayMs);
const range = { from: isoOf(now - 3_000 * dayMs).slice(0, 10), until: isoOf(now + dayMs).slice(0, 10) };

const cordon = (firm: VaultFirm, ...args: string[]) => captured(args, { cwd: firm.path, signal });

/** As whoever owns the server could; a `DB` is the client's database, or the firm's. */
async function change(firm: VaultFirm, tenant: TenantId | undefined, statement: string): Promise<void> {
  const secrets = openSecrets(firm.data);
  const database = tenant === undefined ? secrets.firmDatabase : secrets.databaseOf(tenant);
  const answer = await askAs(firm.data, migrateUser)(statement.replaceAll('DB', database), { mutations_sync: '2' });
  expect(answer).toEqual({ ok: true, text: '' });
}

/** What ClickHouse does by itself when it merges, done now. */
async function expire(firm: VaultFirm, tenant: TenantId | undefined, ...tables: string[]): Promise<void> {
  for (const table of tables) await change(firm, tenant, `ALTER TABLE DB.${table} MATERIALIZE TTL`);
}

const classesOf = async (store: Store, tenant: TenantId) =>
  (
    await rowsOf<{ c: string; n: number }>(
      store,
      'SELECT class AS c, count() AS n FROM accesses GROUP BY class ORDER BY c',
      tenant,
    )
  ).map(({ c, n }) => [c, Number(n)]);

const old = { at: daysAgo(200), seen_at: daysAgo(200) };
const recent = { at: daysAgo(2), seen_at: daysAgo(2) };

/** A batch of both classes, seen 200 days ago, and one of the day before yesterday. */
async function mixed(firm: VaultFirm, ...tenants: string[]): Promise<void> {
  await using store = await openAt(firm.data, ...tenants);
  for (const tenant of tenants) {
    const stream = new Stream('fs1', tenant);
    const files = Array.from({ length: 4 }, () => stream.access(old));
    const logins = Array.from({ length: 3 }, () => stream.access({ ...old, class: 'identity', action: 'login' }));
    await landAll(store, [honestBatch(stream, [...files, ...logins]), honestBatch(stream, 7, recent)], signal);
  }
}

test('each class goes after its own time; its batch, the evidence, stays; audit, bundle and readers say so', async () => {
  using firm = vaultFirm({ acme: ', retention: { default: 400d, identity: 90d }', globex: '' });
  await mixed(firm, 'acme', 'globex');
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  {
    await using store = await openAt(firm.data, 'acme', 'globex');
    await expire(firm, acme, 'accesses', 'batches');
    expect(await classesOf(store, acme)).toEqual([['file', 11]]);
    expect(await classesOf(store, globex)).toEqual([
      ['file', 11],
      ['identity', 3],
    ]);
    expect(await rowsOf(store, 'SELECT seq FROM batches', acme)).toHaveLength(2);

    const audit = await cordon(firm, 'audit-chain', '--tenant', 'acme');
    expect(audit).toMatchObject({ code: 0, out: expect.stringContaining('acme: whole: 14 accesses in 2 batches') });
    expect(audit.out).toContain('  3 of them are sealed and no longer shown: their time is over (retention)');

    const told = await cordon(firm, 'accesses', '--all', '--json');
    expect(told.err.match(/^.*no longer kept.*$/gm)).toEqual([
      expect.stringMatching(/^acme: accesses of identity seen before \S+Z are no longer kept \(retention\)$/),
    ]);
    expect((await cordon(firm, 'accesses', '--tenant', 'acme', '--from', '-30d', '--json')).err).toBe('');

    const asked = ['--tenant', 'acme', '--from', '-300d', '--to', '-1d', '-o', firm.file('acme.zip')];
    expect((await cordon(firm, 'bundle', ...asked)).code).toBe(0);
    const checked = await cordon(firm, 'verify', firm.file('acme.zip'), '--json');
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.out)).toMatchObject({
      accesses: 11,
      gaps: [{ kind: 'expired', source: '*', what: expect.stringContaining('accesses of identity seen before') }],
    });

    // Somebody takes away what had still 200 days to stay, out of the very batch that lost others rightly.
    await change(firm, acme, 'ALTER TABLE DB.accesses DELETE WHERE seq = 0 AND index = 1');
    const robbed = await cordon(firm, 'audit-chain', '--tenant', 'acme');
    expect(robbed).toMatchObject({
      code: 1,
      out: expect.stringContaining(
        'fs1: batch 0: 4 accesses whose time is not over are sealed in it, and 3 rows show them',
      ),
    });
  }
});

test('a row whose time is over and that is still there must say what was sealed', async () => {
  using firm = vaultFirm({ acme: ', retention: { identity: 90d }' });
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  await using store = await openAt(firm.data, 'acme');
  await change(firm, acme, 'ALTER TABLE DB.accesses REMOVE TTL');
  const stream = new Stream('fs1', 'acme');
  await landAll(store, [honestBatch(stream, 7, { ...old, class: 'identity' })], signal);
  expect((await cordon(firm, 'audit-chain', '--tenant', 'acme')).out).toContain('acme: whole: 7 accesses in 1 batches');
  await change(firm, acme, "ALTER TABLE DB.accesses UPDATE outcome = 'denied' WHERE index = 5");
  expect(await cordon(firm, 'audit-chain', '--tenant', 'acme')).toMatchObject({
    code: 1,
    out: expect.stringContaining('fs1: batch 0: its row 5 does not say what is sealed in it'),
  });
});

test('a stream may lose the beginning that was old enough, and no more', async () => {
  using firm = vaultFirm({ acme: ', retention: 30d' });
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  await using store = await openAt(firm.data, 'acme');
  const stream = new Stream('fs1', 'acme');
  for (const days of [60, 20, 0]) {
    await landAll(store, [honestBatch(stream, 7, { at: daysAgo(days), seen_at: daysAgo(days) })], signal);
    const config = loadConfig(firm.file('cordon.yaml'));
    await new CheckpointMaker({ config, log: createLog('silent') }, store, () => now - days * dayMs).make(acme, signal);
  }
  const auditWithout = async (batch: number) => {
    for (const table of ['batches', 'accesses'])
      await change(firm, acme, `ALTER TABLE DB.${table} DELETE WHERE seq <= ${batch}`);
    return cordon(firm, 'audit-chain', '--tenant', 'acme');
  };
  // By the first checkpoint behind that moment, 20 days ago, two batches had landed.
  expect(await auditWithout(1)).toMatchObject({ code: 0, out: expect.stringContaining('acme: whole: 7 accesses') });
  expect(await auditWithout(2)).toMatchObject({
    code: 1,
    out: expect.stringContaining('fs1: batch 2 is gone before its time: retention removes what landed before'),
  });
});

test('what the firm’s own tables say of clients goes with the client that is kept longest, and stays for one kept for ever', async () => {
  using firm = vaultFirm({ acme: ', retention: 30d', globex: ', retention: 90d', initech: '' });
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  await using store = await openAt(firm.data, 'acme', 'globex', 'initech');
  const about = [['acme'], ['acme', 'globex'], ['acme', 'initech'], ['globex'], []];
  const aged = (days: number) =>
    about.map((tenants) => ({
      id: `${days}-${tenants.join('-')}`,
      raised_at: daysAgo(days),
      day: daysAgo(days).slice(0, 10),
      actor: 'p1',
      tenants,
      detectors: ['d'],
      score: 1,
      severity: 'low' as const,
      because: [],
      accesses: [],
      unknown: [],
    }));
  await saveCandidates(store.firm('judge'), [...aged(40), ...aged(100)], now, signal);
  const counted = {
    actor: 'p1',
    class: 'file',
    action: 'read',
    outcome: 'success',
    explained: 1,
    unexplained: 0,
  } as const;
  for (const tenant of ['acme', 'initech'])
    await saveSpread(store.firm('judge'), [{ ...counted, tenant, hour: daysAgo(40) }], now - 40 * dayMs, signal);
  await expire(firm, undefined, 'candidates', 'spread');
  const left = (await candidatesOf(store.firm('read'), range, signal)).map(({ id }) => id).sort();
  expect(left).toEqual(['100-', '100-acme-initech', '40-', '40-acme-globex', '40-acme-initech', '40-globex']);
  const spread = await all(store.firm('read'), spreadOf, { from: 0, until: now, actor: 'p1', tenant: '' }, signal);
  expect(spread.map(({ tenant }) => tenant)).toEqual(['initech']);
});

test('the firm may say how long what is nobody’s is kept, and clients without a word of their own', async () => {
  using firm = vaultFirm({ acme: '' });
  const text = readFileSync(firm.file('directory.yaml'), 'utf8');
  writeFileSync(firm.file('directory.yaml'), text.replace('firm: { name: F,', 'firm: { name: F, retention: 200d,'));
  expect((await cordon(firm, 'tenants', 'apply', '--dry-run')).out).toContain('kept 200 days');
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  await using store = await openAt(firm.data, 'acme');
  const kept = await store.tables.kept(signal);
  for (const tenant of [acme, unattributed])
    expect(kept.get(tenant)).toEqual({
      even: true,
      retention: { file: 200, database: 200, collaboration: 200, identity: 200, admin: 200 },
    });
});
