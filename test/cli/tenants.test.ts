import { createPublicKey, verify } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { CheckpointMaker } from '../../cli/checkpoints.ts';
import { loadContext, storeOf } from '../../cli/context.ts';
import { doomedOf } from '../../cli/destroy.ts';
import { headerHash } from '../../core/batch.ts';
import { loadConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { tenantId } from '../../core/types.ts';
import { openSecrets } from '../../store/secrets.ts';
import { destroyKeys } from '../../store/tenant-keys.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { eventually } from '../helpers/eventually.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { Stream } from '../helpers/stream.ts';
import { rowsOf } from '../helpers/vault.ts';
import { honestBatch, landAll, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const signal = AbortSignal.timeout(400_000);
const acme = tenantId('acme');
const globex = tenantId('globex');

const cordon = (firm: VaultFirm, ...args: string[]) => captured(args, { cwd: firm.path, signal });
const landed = async (firm: VaultFirm, tenant: string, over = {}) => {
  await using store = await openAt(firm.data, tenant);
  const stream = new Stream('fs1', tenant);
  const batches = [honestBatch(stream, 7, over), honestBatch(stream, 7, over)];
  await landAll(store, batches, signal);
  return batches;
};
const count = async (firm: VaultFirm, tenant: string) => {
  await using store = await openAt(firm.data);
  const [found] = await rowsOf<{ n: number }>(store, 'SELECT count() AS n FROM accesses', tenantId(tenant));
  return found?.n;
};

test('a dry run says what would be made and makes nothing; applying makes it; then there is nothing to do', async () => {
  using firm = vaultFirm({ acme: ', retention: 400d', globex: '' });
  const dry = await cordon(firm, 'tenants', 'apply', '--dry-run');
  expect({ code: dry.code, out: dry.out }).toEqual({
    code: 1,
    out: expect.stringContaining(
      '+ acme: a database, users land_acme, judge_acme, read_acme, witness_acme, an encrypted disk with a key of its own; kept 400 days\n',
    ),
  });
  expect(existsSync(firm.file('data/keys/tenants'))).toBe(false);
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  expect(readdirSync(firm.file('data/keys/tenants')).sort()).toEqual(['_unattributed.key', 'acme.key', 'globex.key']);
  expect(await cordon(firm, 'tenants', 'apply', '--dry-run', '--json')).toMatchObject({
    code: 0,
    out: '{"applied":false,"fresh":[],"left":[],"retention":[]}\n',
  });
});

test('how long data is kept follows the directory, a legal hold stops it, and who left keeps what is there', async () => {
  using firm = vaultFirm({ acme: ', retention: 400d', globex: ', retention: 30d' });
  await cordon(firm, 'tenants', 'apply');
  firm.write({ acme: ', retention: 90d', initech: '' }, 'legal_hold: [globex]\n');
  const { out } = await cordon(firm, 'tenants', 'apply', '--dry-run');
  expect(out).toContain('~ acme: kept 400 days → 90 days\n');
  expect(out).toContain('~ globex: kept 30 days → for ever (held)\n');
  expect(out).toContain('! globex: not in the directory; its data stays until `cordon tenants destroy globex`\n');
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  expect(JSON.parse((await cordon(firm, 'tenants', 'apply', '--dry-run', '--json')).out)).toMatchObject({
    retention: [],
  });
  firm.write({ acme: '', globex: '' }, 'legal_hold: [globx]\n');
  expect(await cordon(firm, 'tenants', 'apply')).toMatchObject({
    code: 2,
    err: expect.stringContaining('legal_hold: there is no client `globx`; did you mean `globex`?'),
  });
});

test('what is older than it may be is deleted, a held client keeps it, and the audit can tell that from a theft', async () => {
  using firm = vaultFirm({ acme: ', retention: 30d', globex: ', retention: 30d' }, 'legal_hold: [globex]\n');
  const old = { at: '2020-03-04T09:15:02.000Z', seen_at: '2020-03-04T09:15:03.000Z' };
  for (const tenant of [acme, globex]) await landed(firm, tenant, old);
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  await eventually(async () => expect(await count(firm, acme)).toBe(0));
  expect(await count(firm, globex)).toBe(14);
  expect((await cordon(firm, 'audit-chain')).out).toMatch(
    /acme: whole: 14 accesses .*\n {2}14 of them are .*\nglobex: whole: 14 accesses/,
  );
});

test('destroying asks twice, and refuses what must not be', async () => {
  using firm = vaultFirm({ acme: '' });
  await landed(firm, acme);
  const refused = async (says: string, ...args: string[]) =>
    expect(await cordon(firm, 'tenants', 'destroy', ...args)).toMatchObject({
      code: says.includes('nothing of') ? 1 : 2,
      out: '',
      err: expect.stringContaining(says),
    });
  await refused('acme is in the directory', 'acme', '--yes', 'acme');
  firm.write({}, 'legal_hold: [acme]\n');
  await refused('acme is under legal hold', 'acme', '--yes', 'acme');
  firm.write({});
  await refused('which of them?', 'acme', '--yes', 'globex');
  await refused('there is nothing of a client `nobody`', 'nobody', '--yes', 'nobody');
  expect(await cordon(firm, 'tenants', 'destroy', 'acme')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('Of acme there are 14 accesses in 2 batches, 1 key files.'),
  });
  expect(await count(firm, acme)).toBe(14);
});

test('a destroyed client is gone for good: keys, data, copies; its receipt names every batch and is signed', async () => {
  using firm = vaultFirm({ acme: '', globex: '' });
  const batches = await landed(firm, acme);
  await landed(firm, globex);
  const disk = join(firm.data, 'clickhouse/data/tenants', openSecrets(firm.data).diskOf(acme));
  firm.write({ globex: '' });
  const { code, out, err } = await cordon(firm, 'tenants', 'destroy', 'acme', '--yes', 'acme');
  expect({ code, err: err.split('\n')[0] }).toEqual({
    code: 0,
    err: 'destroyed: 14 accesses in 2 batches, 1 key files',
  });
  const named = batches.map(({ header }) => `batch: fs1 ${header.seq} 7 ${headerHash(header)}`);
  expect(out.split('\n')).toEqual(expect.arrayContaining(['tenant: acme', 'keys: 1', 'accesses: 14', ...named]));
  expect(existsSync(join(firm.data, 'keys/tenants/acme.key'))).toBe(false);
  expect(existsSync(disk)).toBe(false);

  const [kept = ''] = readdirSync(join(firm.data, 'receipts'));
  const receipt = JSON.parse(readFileSync(join(firm.data, 'receipts', kept), 'utf8')) as { block: string; sig: string };
  const key = createPublicKey(readFileSync(join(firm.data, 'keys/vault.pub.pem')));
  expect(verify(null, Buffer.from(receipt.block), key, Buffer.from(receipt.sig, 'base64'))).toBe(true);
  expect(out).toBe(`${receipt.block}signature: ${receipt.sig}\n`);
  // A stranger needs the file and the vault's key.
  const file = join(firm.data, 'receipts', kept);
  const vault = join(firm.data, 'keys/vault.pub.pem');
  const held = await captured(['verify', file, '--key', vault], { cwd: firm.path });
  expect(held).toMatchObject({ code: 0, out: expect.stringContaining('batches cannot be read again') });
  expect(await captured(['verify', file], { cwd: firm.path })).toMatchObject({ code: 2 });
  writeFileSync(file, JSON.stringify({ ...receipt, block: receipt.block.replace('tenant: acme', 'tenant: other') }));
  expect(await captured(['verify', file, '--key', vault, '--json'], { cwd: firm.path })).toMatchObject({
    code: 1,
    out: expect.stringContaining('"problem":"it is not signed with this key, or was changed"'),
  });

  expect(await count(firm, globex)).toBe(14);
  expect((await cordon(firm, 'audit-chain')).code).toBe(0);
  expect((await cordon(firm, 'tenants', 'destroy', 'acme')).code).toBe(1);
  // The id can be used again, and begins with nothing.
  firm.write({ acme: '', globex: '' });
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  expect(await count(firm, acme)).toBe(0);
  expect(await landed(firm, acme)).toHaveLength(2);
  expect(await count(firm, acme)).toBe(14);
});

test('who left the directory is read, proven, exported and backed up until the end, and not afterwards', async () => {
  using firm = vaultFirm({ acme: '', globex: '' });
  await landed(firm, acme);
  firm.write({ globex: '' });
  const range = ['--from', '2026-01-01', '--to', '2026-12-31'];
  const asked = [
    ['accesses', '--tenant', 'acme', '--json'],
    ['audit-chain', '--tenant', 'acme'],
    ['timeline', '--tenant', 'acme', ...range],
    ['backup', '--tenant', 'acme', '-o', 'acme.backup'],
    ['bundle', '--tenant', 'acme', ...range, '-o', 'acme.zip'],
  ];
  for (const args of asked) expect(await cordon(firm, ...args)).toMatchObject({ code: 0 });
  expect((await cordon(firm, 'accesses', '--tenant', 'acme', '--json')).out.trim().split('\n')).toHaveLength(14);
  expect(await captured(['verify', firm.file('acme.zip')])).toMatchObject({ code: 0 });
  expect((await cordon(firm, 'tenants', 'destroy', 'acme', '--yes', 'acme')).code).toBe(0);
  for (const args of asked)
    expect(await cordon(firm, ...args)).toMatchObject({ code: 2, err: 'the directory has no client `acme`\n' });
});

test('a key that is lost is said by its name, and none is made in its place', async () => {
  using firm = vaultFirm({ acme: '', globex: '' });
  await landed(firm, acme);
  const key = join(firm.data, 'keys/tenants/acme.key');
  renameSync(key, firm.file('acme.key'));
  const says = expect.stringContaining('keys/tenants/acme.key is not in');
  expect(await cordon(firm, 'accesses', '--all', '--json')).toMatchObject({ code: 1, out: '', err: says });
  firm.write({ globex: '' });
  expect(await cordon(firm, 'tenants', 'apply')).toMatchObject({ code: 1, err: says });
  expect(existsSync(key)).toBe(false);
  renameSync(firm.file('acme.key'), key);
  expect(await count(firm, acme)).toBe(14);
});

test('a stolen copy without the key does not open', async () => {
  using firm = vaultFirm({ acme: '' });
  await landed(firm, acme);
  const disk = join(firm.data, 'clickhouse/data/tenants', openSecrets(firm.data).diskOf(acme));
  const files = readdirSync(disk, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((e) => e.isFile());
  const content = Buffer.concat(files.map((e) => readFileSync(join(e.parentPath, e.name))));
  expect(content.length).toBeGreaterThan(1_000);
  for (const telling of ['terms.docx', 'achan', 'fs1']) expect(content.includes(telling)).toBe(false);
});

test('who comes back after the end is proven from there on, as far as the receipts go', async () => {
  const settings = 'checkpoints: { folder: ./witness }\n';
  using firm = vaultFirm({ acme: '' }, settings);
  mkdirSync(firm.file('witness'));
  const stream = new Stream('fs1', 'acme');
  const goesOn = async (batches: number) => {
    await using store = await openAt(firm.data, 'acme');
    const maker = new CheckpointMaker(
      { config: loadConfig(firm.file('cordon.yaml')), log: createLog('silent') },
      store,
    );
    await maker.tick(signal);
    const made = Array.from({ length: batches }, () => honestBatch(stream));
    await landAll(store, made, signal);
    await maker.tick(signal);
  };
  await goesOn(2);
  firm.write({}, settings);
  expect((await cordon(firm, 'tenants', 'destroy', 'acme', '--yes', 'acme')).code).toBe(0);
  firm.write({ acme: '' }, settings);
  await goesOn(2);
  const audit = () => cordon(firm, 'audit-chain', '--tenant', 'acme');
  const whole = await audit();
  expect(whole).toMatchObject({ code: 0, out: expect.stringContaining('acme: whole: 14 accesses in 2 batches;') });
  expect(whole.out).toContain('2 batches before that were destroyed');
  expect(await cordon(firm, 'drill', 'restore', '--tenant', 'acme')).toMatchObject({ code: 0 });

  // What no receipt names is missing all the same.
  {
    await using _store = await openAt(firm.data);
    for (const table of ['batches', 'accesses'])
      await askAs(firm.data, migrateUser)(
        `ALTER TABLE ${openSecrets(firm.data).databaseOf(acme)}.${table} DELETE WHERE seq = 2`,
        { mutations_sync: '2' },
      );
  }
  expect((await audit()).out).toContain('fs1: batch 2 is missing: the stream begins with 3');
  const [name = ''] = readdirSync(firm.file('data/receipts'));
  const file = firm.file(`data/receipts/${name}`);
  writeFileSync(file, readFileSync(file, 'utf8').replace('accesses: 14', 'accesses: 15'));
  const forged = await audit();
  expect(forged).toMatchObject({ code: 1, out: expect.stringContaining('fs1: batch 0 to 2 is missing') });
  expect(forged.out).toContain('checkpoint 0 to 1: with the witness, and not in the store');
});

test.each([
  ['before the store had written down that it is gone', 'dropping'],
  ['before its keys were destroyed', 'dropped'],
  ['after its keys were destroyed', 'keyless'],
])('a destruction that was cut off %s is finished by doing it again, its receipt whole', async (_, step) => {
  using firm = vaultFirm({ acme: '' });
  const batches = await landed(firm, acme);
  firm.write({});
  const context = loadContext({ config: firm.file('cordon.yaml') }, { env: {}, cwd: firm.path } as never);
  const doomed = await doomedOf(context, acme, signal);
  mkdirSync(join(firm.data, 'receipts'));
  writeFileSync(
    join(firm.data, 'receipts/acme.pending'),
    JSON.stringify({ ...doomed, keys: doomed.keyFiles, tenant: acme }),
  );
  {
    await using store = await storeOf(context, 'own', signal);
    const database = openSecrets(firm.data).databaseOf(acme);
    if (step === 'dropping') await askAs(firm.data, migrateUser)(`DROP DATABASE ${database} SYNC`, {});
    else await store.tables.drop(acme, signal);
  }
  if (step === 'keyless') destroyKeys(firm.data, acme);
  const { code, out } = await cordon(firm, 'tenants', 'destroy', 'acme', '--yes', 'acme');
  expect(code).toBe(0);
  expect(out.match(/^batch: /gm)).toHaveLength(batches.length);
  expect(out).toContain('\nkeys: 1\n');
  expect(readdirSync(join(firm.data, 'receipts'))).toEqual([expect.stringMatching(/^acme-\d{8}T\d{6}Z\.json$/)]);
});
