/** An audit over a real store: whole, then tampered with as somebody who owns the server would. */
import { createPublicKey, hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CheckpointMaker } from '../../cli/checkpoints.ts';
import { loadConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { type SealedBatch, type TenantId, tenantId } from '../../core/types.ts';
import type { Store } from '../../store/index.ts';
import { insert } from '../../store/insert.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { type Folder, folder } from '../helpers/folder.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { fixedKey } from '../helpers/sealed.ts';
import { Stream } from '../helpers/stream.ts';
import { landAll } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

const signal = AbortSignal.timeout(400_000);
const log = createLog('silent');
const tenants = Array.from({ length: 20 }, (_, n) => `t${n}`);
const waiting = [...tenants];
const collectors = ['fs1', 'pg1'];

let place: Folder;
let store: Store;
let maker: CheckpointMaker;

beforeAll(async () => {
  place = folder();
  const keys = place.file('data/keys/collectors');
  for (const made of [keys, place.file('witness')]) mkdirSync(made, { recursive: true });
  for (const name of collectors)
    writeFileSync(
      join(keys, `${name}.pub.pem`),
      createPublicKey(fixedKey(name)).export({ type: 'spki', format: 'pem' }),
    );
  writeFileSync(
    place.file('cordon.yaml'),
    'data: ./data\ndirectory: ./directory.yaml\nsources: {}\ncheckpoints: { folder: ./witness }\n',
  );
  const clients = tenants.map((id) => `  - { id: ${id}, name: N${id}, alias: C-${id}, team: T1 }\n`).join('');
  writeFileSync(
    place.file('directory.yaml'),
    `firm: { name: F, time_zone: Europe/London, domains: [f.example] }\nclients:\n${clients}`,
  );
  store = await openAt(place.file('data'), ...tenants);
  maker = makerOf();
  const streams = tenants.flatMap((tenant) => collectors.map((collector) => new Stream(collector, tenant)));
  for (const batches of [0, 4, 3]) {
    for (const stream of streams)
      await landAll(
        store,
        Array.from({ length: stream.collector === 'fs1' ? batches : 0 }, () => nextOf(stream)),
        signal,
      );
    await maker.tick(signal);
  }
}, 120_000);
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

const makerOf = () => new CheckpointMaker({ config: loadConfig(place.file('cordon.yaml')), log }, store);

/** A client whom no other test tampers with: seven batches of seven accesses, checkpoints after none, four and seven. */
function nextTenant(): TenantId {
  const tenant = waiting.shift();
  if (tenant === undefined) throw new Error('make more clients');
  return tenantId(tenant);
}

/** Seven accesses, each with the hash of its own record. */
function nextOf(stream: Stream): SealedBatch {
  const accesses = Array.from({ length: 7 }, () => {
    const access = stream.access();
    return { ...access, records_sha256: hash('sha256', `record of ${access.id}`, 'hex') };
  });
  return stream.next(accesses);
}

const audit = (...args: string[]) => captured(['audit-chain', ...args], { cwd: place.path, signal });
async function problemsOf(tenant: TenantId, ...args: string[]) {
  const { code, out } = await audit('--tenant', tenant, '--json', ...args);
  return { code, problems: (JSON.parse(out) as { problems: string[] }).problems };
}

/** As the one user that can change tables, which people cannot be; it does what an owner of the files could. */
async function tamper(tenant: TenantId, statement: string): Promise<void> {
  const database = openSecrets(place.file('data')).databaseOf(tenant);
  const answer = await askAs(place.file('data'), migrateUser)(statement.replaceAll('DB', database), {
    mutations_sync: '2',
  });
  expect(answer).toEqual({ ok: true, text: '' });
}

test('all that was landed is whole, and its witness says so', async () => {
  const { code, out, err } = await audit();
  expect({ code, lines: out.split('\n').slice(0, 2) }).toEqual({
    code: 0,
    lines: [
      expect.stringMatching(
        /^_unattributed: whole: 0 accesses in 0 batches; 3 checkpoints, .*; 3 confirmed by the witness$/,
      ),
      expect.stringMatching(/^t0: whole: 49 accesses in 7 batches; 3 checkpoints, .*; 3 confirmed by the witness$/),
    ],
  });
  expect(err).toMatch(/^980 accesses checked in [\d.]+ s: all as it was sealed; vault key [0-9a-f]{64}\n$/);
});

test('a part of it is checked by itself', async () => {
  const { code, out } = await audit('--tenant', nextTenant(), '--json', '--to', '2026-03-04');
  expect(code).toBe(0);
  // No checkpoint was made that day; the last there is speaks for the tail.
  expect(JSON.parse(out)).toMatchObject({ holds: true, accesses: 49, checkpoints: { count: 1, witnessed: 1 } });
  const none = await audit('--tenant', nextTenant(), '--json', '--to', '2026-03-03');
  expect(JSON.parse(none.out)).toMatchObject({ holds: true, accesses: 0 });
});

test.each([
  ['a batch in the middle', "DELETE WHERE collector = 'fs1' AND seq = 2", /^fs1: batch 2 is missing before batch 3$/],
  [
    'the first batch',
    "DELETE WHERE collector = 'fs1' AND seq = 0",
    /^fs1: batch 0 is missing: the stream begins with 1$/,
  ],
  [
    'a header',
    "UPDATE until = '2027-01-01T00:00:00.000Z' WHERE collector = 'fs1' AND seq = 3",
    /^fs1: batch 3 is not signed/,
  ],
  [
    'a value',
    "UPDATE value = concat(substring(value, 1, 40), 'x', substring(value, 42)) WHERE collector = 'fs1' AND seq = 3",
    /^fs1: batch fs1\/t\d+\/3 is damaged/,
  ],
])('%s of the evidence', async (_, change, says) => {
  const tenant = nextTenant();
  await tamper(tenant, `ALTER TABLE DB.batches ${change}`);
  const { code, problems } = await problemsOf(tenant);
  expect(code).toBe(1);
  expect(problems[0]).toMatch(says);
});

test('a stream that begins with an absurd number, as a collector that lies would have it', async () => {
  const tenant = nextTenant();
  const stream = new Stream('pg1', tenant);
  const first = 2 ** 52;
  stream.head = { seq: first, prev: '0'.repeat(64) };
  await landAll(store, [nextOf(stream)], signal);
  const { code, problems } = await problemsOf(tenant);
  expect(code).toBe(1);
  expect(problems).toContain(`pg1: batch 0 to ${first - 1} is missing: the stream begins with ${first}`);
});

test.each([
  [
    'taken away',
    "DELETE WHERE collector = 'fs1' AND seq = 1 AND index = 3",
    '7 accesses are sealed in it, and 6 rows show them',
  ],
  [
    'given another actor',
    "UPDATE outcome = 'denied' WHERE collector = 'fs1' AND seq = 1 AND index = 3",
    'its rows do not say what is sealed in it',
  ],
  ['all gone', "DELETE WHERE collector = 'fs1' AND seq = 1", 'its 7 accesses are sealed, and no row shows them'],
])('a row %s', async (_, change, says) => {
  const tenant = nextTenant();
  await tamper(tenant, `ALTER TABLE DB.accesses ${change}`);
  expect(await problemsOf(tenant)).toEqual({ code: 1, problems: [`fs1: batch 1: ${says}`] });
});

test('a row that no batch has', async () => {
  const tenant = nextTenant();
  const line = new Stream('fs9', tenant).line();
  await insert(store.client('land', tenant), 'accesses', [Buffer.from(line)], 'forged', signal);
  expect(await problemsOf(tenant)).toEqual({
    code: 1,
    problems: ['fs9: batch 0: 1 rows name it, and it is not there'],
  });
});

async function cutTail(tenant: TenantId): Promise<void> {
  for (const table of ['batches', 'accesses'])
    await tamper(tenant, `ALTER TABLE DB.${table} DELETE WHERE collector = 'fs1' AND seq >= 4`);
}

test('a cut tail, rows and all, is shown by the checkpoint that saw it', async () => {
  const tenant = nextTenant();
  await cutTail(tenant);
  expect(await problemsOf(tenant)).toEqual({
    code: 1,
    problems: ['fs1: batch 6 was there at checkpoint 2 and is gone'],
  });
});

test('a cut tail with its checkpoints is shown by the witness', async () => {
  const tenant = nextTenant();
  await cutTail(tenant);
  await tamper(tenant, 'ALTER TABLE DB.checkpoints DELETE WHERE number = 2');
  expect(await problemsOf(tenant)).toEqual({
    code: 1,
    problems: [
      'checkpoint 2: with the witness, and not in the store',
      'fs1: batch 6 was there at checkpoint 2 and is gone',
    ],
  });
});

test('checkpoints made anew are not those of the witness', async () => {
  const tenant = nextTenant();
  mkdirSync(place.file('away'), { recursive: true });
  const file = place.file(`witness/${tenant}.ndjson`);
  renameSync(file, place.file(`away/${tenant}.ndjson`));
  await tamper(tenant, 'ALTER TABLE DB.checkpoints DELETE WHERE number >= 0');
  const again = makerOf();
  for (let i = 0; i < 3; i += 1) await again.make(tenant, signal);
  expect((await problemsOf(tenant)).code).toBe(0);
  const { code, problems } = await problemsOf(tenant, '--witness', 'away');
  expect(code).toBe(1);
  expect(problems).toContain('checkpoint 0 is another than the one its witness has');
});

test('a witness that was away is told what it missed', async () => {
  const tenant = nextTenant();
  const file = place.file(`witness/${tenant}.ndjson`);
  const [first = ''] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, `${first}\n`);
  await makerOf().make(tenant, signal);
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(4);
  expect(await problemsOf(tenant)).toEqual({ code: 0, problems: [] });
});

test('a store set back to before its witness makes no second checkpoint of a number', async () => {
  const tenant = nextTenant();
  await tamper(tenant, 'ALTER TABLE DB.checkpoints DELETE WHERE number >= 1');
  await makerOf().make(tenant, signal);
  expect(await problemsOf(tenant)).toEqual({
    code: 1,
    problems: [
      'checkpoint 1 to 2 is missing before checkpoint 3',
      'checkpoint 1 to 2: with the witness, and not in the store',
    ],
  });
});

test('another key is not the vault: every checkpoint speaks against it', async () => {
  const other = place.file('data/keys/collectors/fs1.pub.pem');
  const { code, problems } = await problemsOf(nextTenant(), '--key', other);
  expect({ code, problems }).toEqual({
    code: 1,
    problems: [
      "checkpoint 0 is not signed by the vault's key",
      "witness: checkpoint 0 is not signed by the vault's key",
    ],
  });
});

test('a witness that is not mounted is no verdict', async () => {
  const { code, out, err } = await audit('--tenant', nextTenant(), '--witness', 'nowhere');
  expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringContaining('mount or make it') });
});
