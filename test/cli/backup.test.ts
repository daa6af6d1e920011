import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { CheckpointMaker } from '../../cli/checkpoints.ts';
import { loadConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { tenantId } from '../../core/types.ts';
import { acceptedKeys, registeredCollectors } from '../../ingest/keys/collectors.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { Stream } from '../helpers/stream.ts';
import { honestBatch, landAll, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const signal = AbortSignal.timeout(400_000);
const acme = tenantId('acme');
const cordon = (firm: VaultFirm, ...args: string[]) => captured(args, { cwd: firm.path, signal });

async function firmWithData() {
  const firm = vaultFirm({ acme: '', globex: '' });
  await using store = await openAt(firm.data, 'acme', 'globex');
  const stream = new Stream('fs1', 'acme');
  await landAll(store, [honestBatch(stream), honestBatch(stream), honestBatch(stream)], signal);
  return firm;
}

function carryDiskKey(from: VaultFirm, to: VaultFirm): void {
  mkdirSync(join(to.data, 'keys/tenants'), { recursive: true });
  copyFileSync(join(from.data, 'keys/tenants/acme.key'), join(to.data, 'keys/tenants/acme.key'));
}

const auditOf = async (firm: VaultFirm) => (await cordon(firm, 'audit-chain', '--tenant', 'acme')).out;

test('a backup restores into an empty store, whole, as often as it is done', async () => {
  using firm = await firmWithData();
  const made = await cordon(firm, 'backup', '--tenant', 'acme', '-o', 'acme.backup', '--json');
  expect({ code: made.code, ...JSON.parse(made.out) }).toMatchObject({ code: 0, batches: 3, accesses: 21 });

  using other = vaultFirm({ acme: '' }, '', []);
  carryDiskKey(firm, other);
  for (const fresh of [3, 0]) {
    const { code, out } = await cordon(other, 'restore', firm.file('acme.backup'), '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, tenant: 'acme', accesses: 21, batches: 3, fresh });
  }
  expect(await auditOf(other)).toContain('acme: whole: 21 accesses in 3 batches');
});

test.each([
  ['a vault that knows no collector', []],
  ['a vault whose register is older', ['fs1']],
])('who was revoked lands nothing in %s either, when a backup is restored there', async (_, collectors) => {
  using firm = await firmWithData();
  expect((await cordon(firm, 'keys', 'revoke-collector', 'fs1')).code).toBe(0);
  expect((await cordon(firm, 'backup', '--tenant', 'acme', '-o', 'acme.backup')).code).toBe(0);
  using other = vaultFirm({ acme: '' }, '', collectors);
  carryDiskKey(firm, other);
  expect((await cordon(other, 'restore', firm.file('acme.backup'))).code).toBe(0);
  expect(registeredCollectors(other.data)).toEqual(registeredCollectors(firm.data));
  expect(acceptedKeys(other.data)('fs1')).toEqual([]);
  expect(await auditOf(other)).toContain('acme: whole: 21 accesses in 3 batches');
});

test('a key that was replaced lands nothing after a restore, and one that was let in since is not shut out', async () => {
  using firm = await firmWithData();
  await cordon(firm, 'keys', 'revoke-collector', 'fs1');
  expect((await cordon(firm, 'backup', '--tenant', 'acme', '-o', 'revoked.backup')).code).toBe(0);
  expect((await cordon(firm, 'keys', 'rotate-collector', 'fs1', '--out', 'new')).code).toBe(0);
  expect((await cordon(firm, 'backup', '--tenant', 'acme', '-o', 'replaced.backup')).code).toBe(0);
  const known = registeredCollectors(firm.data);
  expect((await cordon(firm, 'restore', 'revoked.backup')).code).toBe(0);
  expect(registeredCollectors(firm.data)).toEqual(known);
  using other = vaultFirm({ acme: '' }, '', []);
  carryDiskKey(firm, other);
  expect((await cordon(other, 'restore', firm.file('replaced.backup'))).code).toBe(0);
  expect(registeredCollectors(other.data)).toEqual(known);
  expect(acceptedKeys(other.data)('fs1')).toHaveLength(1);
});

test('checkpoints that another key signed are said where they are restored', async () => {
  using firm = await firmWithData();
  {
    await using store = await openAt(firm.data, 'acme', 'globex');
    const config = loadConfig(firm.file('cordon.yaml'));
    await new CheckpointMaker({ config, log: createLog('silent') }, store).tick(signal);
  }
  await cordon(firm, 'backup', '--tenant', 'acme', '-o', 'acme.backup');
  using other = vaultFirm({ acme: '' }, '', []);
  carryDiskKey(firm, other);
  const restored = await cordon(other, 'restore', firm.file('acme.backup'));
  expect(restored.err).toContain('1 checkpoints of acme are not signed with the key of this vault');
  copyFileSync(join(firm.data, 'keys/vault.pem'), join(other.data, 'keys/vault.pem'));
  expect((await cordon(other, 'restore', firm.file('acme.backup'))).err).toBe('');
});

test('what was lost of a client is put back, and what is there stays', async () => {
  using firm = await firmWithData();
  await cordon(firm, 'backup', '--tenant', 'acme', '-o', 'acme.backup');
  {
    await using _store = await openAt(firm.data);
    const database = openSecrets(firm.data).databaseOf(acme);
    const ask = askAs(firm.data, migrateUser);
    for (const gone of [
      'batches DELETE WHERE seq = 1',
      'accesses DELETE WHERE seq = 1',
      'accesses DELETE WHERE seq = 2 AND index > 3',
    ])
      expect(await ask(`ALTER TABLE ${database}.${gone}`, { mutations_sync: '2' })).toEqual({ ok: true, text: '' });
  }
  expect(await auditOf(firm)).toContain('BROKEN');
  expect(await cordon(firm, 'restore', 'acme.backup')).toMatchObject({
    code: 0,
    out: expect.stringContaining('acme: 21 accesses in 3 batches, 0 checkpoints; 1 batches were not there'),
  });
  expect(await auditOf(firm)).toContain('acme: whole: 21 accesses in 3 batches');
});

test('a backup dies with its key', async () => {
  using firm = await firmWithData();
  await cordon(firm, 'backup', '--tenant', 'acme', '-o', 'acme.backup');
  firm.write({ globex: '' });
  expect((await cordon(firm, 'tenants', 'destroy', 'acme', '--yes', 'acme')).code).toBe(0);
  expect(await cordon(firm, 'restore', 'acme.backup')).toMatchObject({
    code: 1,
    err: expect.stringContaining('who is not in the directory'),
  });
  firm.write({ acme: '', globex: '' });
  expect(await cordon(firm, 'restore', 'acme.backup')).toMatchObject({
    code: 1,
    err: expect.stringContaining("this client's key does not open it"),
  });
});

test('a drill restores every client, and fails where a backup would', async () => {
  using firm = await firmWithData();
  const good = await cordon(firm, 'drill', 'restore', '--json');
  const { rto_seconds, tenants } = JSON.parse(good.out) as {
    rto_seconds: number;
    tenants: { tenant: string; accesses: number }[];
  };
  expect([good.code, rto_seconds > 0]).toEqual([0, true]);
  expect(tenants.map(({ tenant, accesses }) => [tenant, accesses])).toEqual([
    ['_unattributed', 0],
    ['acme', 21],
    ['globex', 0],
  ]);
  {
    await using _store = await openAt(firm.data);
    const database = openSecrets(firm.data).databaseOf(acme);
    await askAs(firm.data, migrateUser)(`ALTER TABLE ${database}.batches DELETE WHERE seq = 1`, {
      mutations_sync: '2',
    });
  }
  const bad = await cordon(firm, 'drill', 'restore', '--tenant', 'acme');
  expect(bad).toMatchObject({ code: 1, out: expect.stringContaining('fs1: batch 1 is missing before batch 2') });
});

test.each([
  ['no client', ['backup', '-o', 'x'], 2, 'cordon backup --tenant'],
  ['a file that is there', ['backup', '--tenant', 'acme', '-o', 'cordon.yaml'], 2, 'is there already'],
  ['a file that is no backup', ['restore', 'cordon.yaml'], 1, 'it is no backup of cordon'],
  ['another drill', ['drill', 'fire'], 2, 'cordon drill restore'],
])('%s is said', async (_, args, code, says) => {
  using firm = vaultFirm({ acme: '' });
  expect(await cordon(firm, ...args)).toMatchObject({ code, out: '', err: expect.stringContaining(says) });
});
