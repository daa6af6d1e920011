import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { tenantId } from '../../core/types.ts';
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

const auditOf = async (firm: VaultFirm) => (await cordon(firm, 'audit-chain', '--tenant', 'acme')).out;

test('a backup restores into an empty store, whole, as often as it is done', async () => {
  using firm = await firmWithData();
  const made = await cordon(firm, 'backup', '--tenant', 'acme', '-o', 'acme.backup', '--json');
  expect({ code: made.code, ...JSON.parse(made.out) }).toMatchObject({ code: 0, batches: 3, accesses: 21 });

  using other = vaultFirm({ acme: '' }, '', []);
  mkdirSync(join(other.data, 'keys/tenants'), { recursive: true });
  copyFileSync(join(firm.data, 'keys/tenants/acme.key'), join(other.data, 'keys/tenants/acme.key'));
  for (const fresh of [3, 0]) {
    const { code, out } = await cordon(other, 'restore', firm.file('acme.backup'), '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, tenant: 'acme', accesses: 21, batches: 3, fresh });
  }
  expect(await auditOf(other)).toContain('acme: whole: 21 accesses in 3 batches');
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
