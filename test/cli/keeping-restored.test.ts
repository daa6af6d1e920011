/** Legal holds outlive the store they were written in: a restored client is held as it was, and what ended meanwhile stays ended. */
import { appendFileSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { tenantId } from '../../core/types.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { Stream } from '../helpers/stream.ts';
import { honestBatch, landAll, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const signal = AbortSignal.timeout(400_000);
const acme = tenantId('acme');
const kept = ', retention: 30d';
const cordon = (firm: VaultFirm, ...args: string[]) => captured(args, { cwd: firm.path, signal });
const hold = (firm: VaultFirm, why: string) => cordon(firm, 'tenants', 'hold', 'acme', '--why', why);
const holds = async (firm: VaultFirm) => (await cordon(firm, 'tenants', 'holds')).out.trimEnd().split('\n');
const backup = (firm: VaultFirm) => cordon(firm, 'backup', '--tenant', 'acme', '-o', 'acme.backup');

async function retentionIn(firm: VaultFirm) {
  await using store = await openAt(firm.data, 'acme');
  return (await store.tables.kept(signal)).get(acme)?.retention;
}

/** Somewhere else, with nothing but the client's key. */
function bare(firm: VaultFirm): VaultFirm {
  const other = vaultFirm({ acme: kept }, '', []);
  mkdirSync(other.file('data/keys/tenants'), { recursive: true });
  copyFileSync(firm.file('data/keys/tenants/acme.key'), other.file('data/keys/tenants/acme.key'));
  return other;
}

test('who was held is held where the backup is restored, before retention removes anything, and once', async () => {
  using firm = vaultFirm({ acme: kept });
  await hold(firm, 'settled soon');
  await hold(firm, 'Acme v. Globex');
  await cordon(firm, 'tenants', 'lift', 'acme-1', '--why', 'settled', '--yes', 'acme-1');
  {
    await using store = await openAt(firm.data, 'acme');
    await landAll(store, [honestBatch(new Stream('fs1', 'acme'))], signal);
  }
  const before = await holds(firm);
  await backup(firm);
  using other = bare(firm);
  for (const _ of ['first', 'again']) {
    const restored = await cordon(other, 'restore', firm.file('acme.backup'), '--json');
    expect({ code: restored.code, ...JSON.parse(restored.out) }).toMatchObject({ code: 0, holds: ['acme-2'] });
    expect(restored.err).toContain('acme-2: acme is held: Acme v. Globex');
    expect(await holds(other)).toEqual(before);
    expect(await retentionIn(other)).toEqual({});
  }
  expect((await cordon(other, 'audit-chain', '--tenant', 'acme')).out).toContain(
    'acme: whole: 7 accesses in 1 batches',
  );
});

test('a hold that was lifted since the backup stays lifted, and one of the same name is another', async () => {
  using firm = vaultFirm({ acme: kept });
  await hold(firm, 'Acme v. Globex');
  await backup(firm);
  await cordon(firm, 'tenants', 'lift', 'acme-1', '--why', 'settled', '--yes', 'acme-1');
  const restored = await cordon(firm, 'restore', 'acme.backup', '--json');
  expect({ code: restored.code, ...JSON.parse(restored.out) }).toMatchObject({ code: 0, holds: [] });
  expect(await retentionIn(firm)).not.toEqual({});

  using other = bare(firm);
  await hold(other, 'set by hand');
  await cordon(other, 'restore', firm.file('acme.backup'));
  expect(await holds(other)).toEqual([
    expect.stringMatching(/^acme-1: .*: set by hand; .*; in force$/),
    expect.stringMatching(/^acme-2: .*: Acme v\. Globex; .*; in force$/),
  ]);
});

test('what only the witness still has of the log is taken from there, of all clients', async () => {
  const settings = 'checkpoints: { folder: ./witness }\n';
  using firm = vaultFirm({ acme: kept, globex: kept }, settings);
  mkdirSync(firm.file('witness'));
  await hold(firm, 'Acme v. Globex');
  await cordon(firm, 'tenants', 'hold', 'globex', '--why', 'the same');
  const before = await holds(firm);
  expect(before).toHaveLength(2);
  await backup(firm);
  // The store is lost, the keys and the witness are not.
  for (const name of ['clickhouse', 'store', 'land'])
    rmSync(firm.file(`data/${name}`), { recursive: true, force: true });
  expect((await cordon(firm, 'tenants', 'holds')).code).toBe(1);
  expect((await cordon(firm, 'restore', 'acme.backup')).code).toBe(0);
  expect(await holds(firm)).toEqual(before);
  expect(await retentionIn(firm)).toEqual({});
});

test('where nobody can say who was held, a backup says so, and restoring asks', async () => {
  using firm = vaultFirm({ acme: kept }, 'checkpoints: { folder: ./witness }\n');
  mkdirSync(firm.file('witness'));
  await hold(firm, 'Acme v. Globex');
  appendFileSync(firm.file('witness/_keeping.ndjson'), `${JSON.stringify({ block: '{"n":9}', sig: 'x' })}\n`);
  const made = await backup(firm);
  expect([made.code, made.err]).toEqual([0, expect.stringContaining('does not say whether acme is held')]);
  using other = bare(firm);
  const restored = await cordon(other, 'restore', firm.file('acme.backup'));
  expect([restored.code, restored.err]).toEqual([
    0,
    expect.stringContaining('If it was, say so now: cordon tenants hold acme --why TEXT'),
  ]);
});
