/** Legal holds with dates: set, shown, kept against everything that removes, lifted; and a log of them that nobody shortens unseen. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { addKeeping, keepingOf } from '../../cli/keeping.ts';
import { applyRetention, holdKeeper, type Rules } from '../../cli/retention.ts';
import { loadConfig } from '../../core/config.ts';
import { loadDirectory } from '../../core/directory/directory.ts';
import { createLog } from '../../core/log.ts';
import { isoOf } from '../../core/time.ts';
import { tenantId } from '../../core/types.ts';
import type { KeepingAct } from '../../evidence/keeping.ts';
import type { Store } from '../../store/index.ts';
import { appendReads } from '../../store/reads/read-log.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { Stream } from '../helpers/stream.ts';
import { honestBatch, landAll, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(180_000);
const signal = AbortSignal.timeout(900_000);
const dayMs = 86_400_000;
const acme = tenantId('acme');
const days = (count: number) =>
  Object.fromEntries(['file', 'database', 'collaboration', 'identity', 'admin'].map((one) => [one, count]));

const cordon = (firm: VaultFirm, ...args: string[]) => captured(args, { cwd: firm.path, signal });
const hold = (firm: VaultFirm, ...args: string[]) => cordon(firm, 'tenants', 'hold', ...args);
const keptOf = async (store: Store) => (await store.tables.kept(signal)).get(acme)?.retention;
const rulesOf = (firm: VaultFirm): Rules & { log: ReturnType<typeof createLog> } => ({
  config: loadConfig(firm.file('cordon.yaml')),
  directory: loadDirectory(firm.file('directory.yaml')),
  log: createLog('silent'),
});

test('a hold is written down with who, why and until when, stops removal at once, and is shown', async () => {
  using firm = vaultFirm({ acme: ', retention: 30d' });
  await cordon(firm, 'tenants', 'apply');
  await using store = await openAt(firm.data, 'acme');
  expect(await keptOf(store)).toEqual(days(30));
  expect(await hold(firm, 'acme')).toMatchObject({ code: 2, err: expect.stringContaining('say why') });
  expect(await hold(firm, 'acme', '--why', 'x', '--until', '2001-01-01')).toMatchObject({
    code: 2,
    err: expect.stringContaining('over before it began'),
  });
  const set = await hold(firm, 'acme', '--why', 'Acme v. Globex', '--until', '2099-12-31');
  expect(set).toMatchObject({
    code: 0,
    out: 'acme-1: nothing of acme is removed from now on, until 2100-01-01T00:00:00.000Z\n',
  });
  expect(await keptOf(store)).toEqual({});
  const listed = await cordon(firm, 'tenants', 'holds');
  expect(listed.out).toMatch(
    /^acme-1: acme held from \S+Z until 2100-01-01T00:00:00.000Z: Acme v. Globex; set \S+Z by \S+@\S+; in force\n$/,
  );
  expect((await cordon(firm, 'doctor')).out).toMatch(
    /note {3}client acme: held \(acme-1\) until 2100.*: Acme v\. Globex/,
  );
  expect((await cordon(firm, 'tenants', 'apply', '--dry-run', '--json')).out).toContain('"retention":[]');
});

test('lifting asks twice, says what would follow, and what was kept before is kept again', async () => {
  using firm = vaultFirm({ acme: ', retention: 30d' });
  await cordon(firm, 'tenants', 'apply');
  await using store = await openAt(firm.data, 'acme');
  for (const why of ['first', 'second']) await hold(firm, 'acme', '--why', why);
  const lift = (...args: string[]) => cordon(firm, 'tenants', 'lift', ...args);
  expect(await lift('acme-1', '--why', 'settled')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('Lifted, acme is still held by another hold.'),
  });
  expect(await lift('acme-1', '--why', 'settled', '--yes', 'acme-2')).toMatchObject({ code: 2 });
  expect((await lift('acme-1', '--why', 'settled', '--yes', 'acme-1')).code).toBe(0);
  expect(await keptOf(store)).toEqual({});
  expect((await lift('acme-2', '--why', 'settled')).err).toContain(
    'acme is kept 30 days: what is older is removed at once, and for good',
  );
  expect((await lift('acme-2', '--why', 'settled', '--yes', 'acme-2')).code).toBe(0);
  expect(await keptOf(store)).toEqual(days(30));
  expect(await lift('acme-2', '--why', 'again', '--yes', 'acme-2')).toMatchObject({
    code: 2,
    err: expect.stringContaining('acme-2 was lifted at'),
  });
  expect((await cordon(firm, 'tenants', 'holds', 'acme')).out).toMatch(
    /acme-2: .*; lifted \S+Z by \S+@\S+ \(settled\)\n$/,
  );
});

test('a held client is neither destroyed nor kept shorter by leaving the directory', async () => {
  using firm = vaultFirm({ acme: ', retention: 30d' });
  {
    await using store = await openAt(firm.data, 'acme');
    await landAll(store, [honestBatch(new Stream('fs1', 'acme'))], signal);
  }
  await cordon(firm, 'tenants', 'apply');
  expect((await hold(firm, 'acme', '--why', 'Acme v. Globex')).code).toBe(0);
  firm.write({});
  expect(await cordon(firm, 'tenants', 'destroy', 'acme', '--yes', 'acme')).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /acme is under legal hold acme-1, set \S+ by \S+: Acme v\. Globex; nothing of it is destroyed/,
    ),
  });
  expect(existsSync(firm.file('data/keys/tenants/acme.key'))).toBe(true);
  await cordon(firm, 'tenants', 'apply');
  {
    await using store = await openAt(firm.data, 'acme');
    expect(await keptOf(store)).toEqual({});
    // Lifted, a client that has left the directory is kept as it was before, not for ever.
    await cordon(firm, 'tenants', 'lift', 'acme-1', '--why', 'settled', '--yes', 'acme-1');
    expect(await keptOf(store)).toEqual(days(30));
  }
  expect((await cordon(firm, 'tenants', 'destroy', 'acme', '--yes', 'acme')).code).toBe(0);
});

test('a hold begins and ends by its dates while Cordon runs', async () => {
  using firm = vaultFirm({ acme: ', retention: 30d' });
  await using store = await openAt(firm.data, 'acme');
  const rules = rulesOf(firm);
  let now = Date.UTC(2026, 2, 1);
  await applyRetention(rules, store, signal, () => now);
  const held: KeepingAct = {
    op: 'hold',
    hold: 'acme-1',
    tenant: 'acme',
    why: 'x',
    from: isoOf(now + 2 * dayMs),
    until: isoOf(now + 9 * dayMs),
  };
  await addKeeping(rules.config, store, [held], now, signal);
  const look = holdKeeper(rules, store, () => now);
  const seen: unknown[] = [];
  for (const day of [1, 3, 8, 10]) {
    now = Date.UTC(2026, 2, 1) + day * dayMs;
    await look(signal);
    seen.push(await keptOf(store));
  }
  expect(seen).toEqual([days(30), {}, {}, days(30)]);
  // What retention removed before the hold stays explained, and nothing of the time of the hold is.
  expect((await keepingOf(rules.config, store, signal)).map(({ op, at }) => `${op} ${at.slice(0, 10)}`)).toEqual([
    'retention 2026-03-01',
    'hold 2026-03-01',
    'retention 2026-03-04',
    'retention 2026-03-11',
  ]);
});

test('an entry taken out of the log is found, by the witness if it was the last; until it is back nothing is removed', async () => {
  using firm = vaultFirm({ acme: ', retention: 30d' }, 'checkpoints: { folder: ./witness }\n');
  mkdirSync(firm.file('witness'));
  await cordon(firm, 'tenants', 'apply');
  await hold(firm, 'acme', '--why', 'Acme v. Globex');
  await using store = await openAt(firm.data, 'acme');
  const cut = async (n: number) =>
    expect(
      await askAs(firm.data, migrateUser)(
        `ALTER TABLE ${openSecrets(firm.data).firmDatabase}.keeping DELETE WHERE n = ${n}`,
        { mutations_sync: '2' },
      ),
    ).toEqual({ ok: true, text: '' });
  const last = (await keepingOf(rulesOf(firm).config, store, signal)).at(-1)?.n ?? 0;
  await cut(last);
  const broken = 'the log of legal holds and retention is not whole';
  expect(await cordon(firm, 'tenants', 'holds')).toMatchObject({
    code: 1,
    err: expect.stringContaining(`${broken}: the witness has entry ${last}, and the store has not`),
  });
  await cut(last - 1);
  await cut(0);
  expect((await cordon(firm, 'doctor')).out).toContain(`WRONG  store: ${broken}`);
  expect(await applyRetention(rulesOf(firm), store, signal)).toEqual([]);
  expect(await keptOf(store)).toEqual({});
});

test('while a client is held, months of who read what are kept beyond their time', async () => {
  using firm = vaultFirm({ acme: '' });
  const read = async (month: number) =>
    appendReads(
      firm.data,
      [{ at: '', who: 'w', kind: 'person', tenant: 'acme', purpose: 'p', query: '', times: 1, rows: 0 }],
      Date.UTC(2024, month, 3),
      signal,
    );
  const months = () => readdirSync(firm.file('data/reads')).filter((name) => name.endsWith('.ndjson')).length;
  await using store = await openAt(firm.data, 'acme');
  writeFileSync(
    firm.file('cordon.yaml'),
    'data: ./data\ndirectory: ./directory.yaml\nsources: {}\nlegal_hold: [acme]\n',
  );
  await applyRetention(rulesOf(firm), store, signal);
  for (let month = 0; month < 17; month += 1) await read(month);
  expect(months()).toBe(17);
  firm.write({ acme: '' });
  await applyRetention(rulesOf(firm), store, signal);
  for (const month of [17, 17]) await read(month);
  expect(months()).toBe(14);
});
