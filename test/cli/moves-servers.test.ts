/** Moves between servers of one's own, which other machines share: three real servers, two data folders with the same keys. */
import { cpSync, mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { loadContext } from '../../cli/context.ts';
import { carryOut, type MoveStepName } from '../../cli/move.ts';
import { openEnd, planOf } from '../../cli/move-ends.ts';
import { createLog } from '../../core/log.ts';
import { tenantId, unattributed } from '../../core/types.ts';
import { vaultKey } from '../../evidence/exporter-key.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { rememberElsewhere, type ServerAddress } from '../../store/elsewhere.ts';
import { openStore } from '../../store/index.ts';
import { saveCheckpoints } from '../../store/queries/checkpoints.ts';
import { saveFindings } from '../../store/queries/findings.ts';
import { saveLessonRows } from '../../store/queries/lessons.ts';
import { saveTimeStamp } from '../../store/queries/time-stamps.ts';
import { openSecrets } from '../../store/secrets.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Front, openFront } from '../helpers/front.ts';
import { acme } from '../helpers/movable.ts';
import { adminName, type OwnServer, ownServer } from '../helpers/own-server.ts';
import { Stream } from '../helpers/stream.ts';
import { rowsOf, vault } from '../helpers/vault.ts';
import { honestBatch, landAccesses, landAll, landBatches, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const globex = tenantId('globex');
const signal = () => AbortSignal.timeout(200_000);
const stream = new Stream('fs1', 'acme');
/** `other`: another machine that lands in the same stores. */
let firm: VaultFirm;
let other: VaultFirm;
let shared: OwnServer;
const owns: { front: Front; server: OwnServer }[] = [];

const urlOf = (index: number): string => owns[index]?.front.url ?? '';
const address = (index: number): ServerAddress => ({ url: urlOf(index), ca_file: undefined, cluster: undefined });
/** `at`: which of the servers that acme may have for itself; without, the one of all clients. */
function configure(at?: number, where: readonly VaultFirm[] = [firm, other]): void {
  const own = at === undefined ? '' : `tenants: { acme: { store: { url: "${urlOf(at)}" } } }\n`;
  for (const one of where) one.write({ acme: '', globex: '' }, `store: { url: "${shared.url}" }\n${own}`);
}
const cordon = (where: VaultFirm, ...args: string[]) => captured(args, { cwd: where.path, signal: signal() });
const move = (...more: string[]) => cordon(firm, 'tenants', 'move', 'acme', ...more);
const context = () => loadContext({ config: firm.file('cordon.yaml') }, { env: {}, cwd: firm.path } as never);
const accesses = async (where: VaultFirm) => {
  const { code, out, err } = await cordon(where, 'accesses', '--tenant', 'acme', '--json');
  return code === 0 ? out.trim().split('\n').length : err;
};

beforeAll(async () => {
  firm = vaultFirm({ acme: '', globex: '' });
  const all = [acme, globex, unattributed];
  shared = await ownServer(firm.data, firm.file('shared'), all);
  vaultKey(firm.data);
  for (const name of ['one', 'two']) {
    const front = await openFront();
    const server = await ownServer(firm.data, firm.file(name), [acme], (users) => users, front.url);
    front.to(Number(new URL(server.url).port));
    owns.push({ front, server });
  }
  other = vaultFirm({ acme: '', globex: '' });
  mkdirSync(other.data, { recursive: true });
  cpSync(`${firm.data}/keys`, `${other.data}/keys`, { recursive: true });
  configure();
  expect((await cordon(firm, 'tenants', 'apply')).code).toBe(0);
  const { config, tenants } = context();
  await using store = await openStore({
    ...{ config, dataDir: config.data, tenants, log: createLog('silent'), signal: signal(), mode: 'own' },
  });
  await landAll(store, [honestBatch(stream), honestBatch(stream)], signal());
}, 300_000);
afterAll(async () => {
  for (const { front, server } of owns) {
    front.close();
    await server[Symbol.asyncDispose]();
  }
  await shared[Symbol.asyncDispose]();
  firm[Symbol.dispose]();
  other[Symbol.dispose]();
});

test('out of the store of all clients: no machine of the firm stores the client there any more', async () => {
  configure(0, [firm]);
  expect(await accesses(firm)).toContain('`cordon tenants move acme` brings it there');
  const { code, err } = await move('--yes', 'acme');
  expect({ code, err }).toMatchObject({
    code: 0,
    err: expect.stringContaining('still knows the users and the disk key'),
  });
  expect(await accesses(firm)).toBe(14);
  // It never ran while the client was elsewhere, and its configuration is the old one.
  expect(await accesses(other)).toContain(
    `acme is stored at ${urlOf(0)} alone, as the store itself has it written down`,
  );
  configure(0, [other]);
  expect(await accesses(other)).toBe(14);
});

test('from one server of its own to another; a machine that was not there learns it', async () => {
  rememberElsewhere(other.data, [acme], address(0));
  configure(1);
  expect(await accesses(firm)).toContain(`acme is stored at ${urlOf(0)} alone, and \`tenants:\` names ${urlOf(1)}`);
  expect((await move('--yes', 'acme')).code).toBe(0);
  expect(await accesses(firm)).toBe(14);
  expect(await cordon(other, 'tenants', 'move', 'acme')).toMatchObject({
    code: 1,
    err: expect.stringContaining(`Nothing of acme is at ${urlOf(0)} any more`),
  });
  expect((await cordon(other, 'tenants', 'move', 'acme', '--yes', 'acme')).code).toBe(0);
  expect(await accesses(other)).toBe(14);
});

test('and home again, where every machine may store it', async () => {
  configure();
  expect(await accesses(other)).toContain('as the store itself has it written down');
  expect((await move('--yes', 'acme')).code).toBe(0);
  expect([await accesses(firm), await accesses(other)]).toEqual([14, 14]);
  expect(await cordon(firm, 'audit-chain')).toMatchObject({ code: 0 });
});

test('two addresses of one server are no move, and nothing is moved over data', async () => {
  const told = { signal: signal(), onStep: () => undefined };
  const plan = { tenant: acme, from: undefined, to: undefined, begun: undefined, back: false };
  await expect(carryOut(context(), plan, told)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('are one server, or one cluster'),
  });
  {
    const place = { tenant: acme, place: address(0) };
    await using there = await openEnd(context(), place, { mode: 'own', makes: true }, signal());
    await saveCheckpoints(there.client('witness', acme), [{ number: 0, at: 0, block: 'b', sig: 's' }], signal());
  }
  configure(0);
  expect(await move('--yes', 'acme')).toMatchObject({
    code: 2,
    err: expect.stringContaining('has data of acme already'),
  });
  expect(planOf(context(), acme)).toMatchObject({ begun: undefined });
  configure();
  expect(await accesses(firm)).toBe(14);
});

test('of two machines that move it at once, the one that comes second waits for the other and takes nothing of it away', async () => {
  configure(1);
  const at = (where: VaultFirm) =>
    loadContext({ config: where.file('cordon.yaml') }, { env: {}, cwd: where.path } as never);
  const dying = async (where: VaultFirm, step: MoveStepName) => {
    const plan = planOf(at(where), acme);
    if (!plan) throw new Error('there is nothing to move');
    const onStep = (one: MoveStepName) => {
      if (one === step) throw new Error('killed');
    };
    return carryOut(at(where), plan, { signal: signal(), onStep });
  };
  // Both have found the other end empty; then one of them is further.
  await expect(dying(other, 'fence')).rejects.toThrow('killed');
  await expect(dying(firm, 'remove')).rejects.toThrow('killed');
  const second = () => cordon(other, 'tenants', 'move', 'acme', '--yes', 'acme');
  expect(await second()).toMatchObject({ code: 1, err: expect.stringContaining('is being moved by another machine') });
  configure(undefined, [other]);
  expect(await second()).toMatchObject({ code: 0 });
  configure(1, [other]);
  await expect(dying(other, 'fence')).rejects.toThrow('has data of acme already');
  expect((await move('--yes', 'acme')).code).toBe(0);
  expect(await second()).toMatchObject({ code: 0, out: expect.stringContaining('there is nothing to move') });
  expect([await accesses(firm), await accesses(other)]).toEqual([14, 14]);
  configure();
  expect((await move('--yes', 'acme')).code).toBe(0);
});

test('closed, the tables wait for what is under way and take nothing more, with an error that is worth a retry', async () => {
  await using store = await openEnd(
    context(),
    { tenant: acme, place: undefined },
    { mode: 'own', makes: false },
    signal(),
  );
  const tables = store.tables.moving(acme);
  const database = openSecrets(firm.data).databaseOf(acme);
  const counted = async () =>
    Number((await rowsOf<{ n: string }>(store, 'SELECT count() AS n FROM batches', acme))[0]?.n);
  const before = await counted();
  // An insert that has begun and not said everything yet.
  const slow = request(
    `${shared.url}/?query=${encodeURIComponent(`INSERT INTO ${database}.batches (seq) FORMAT TSV`)}`,
    {
      method: 'POST',
      headers: {
        'X-ClickHouse-User': 'land_acme',
        'X-ClickHouse-Key': openSecrets(firm.data).passwordOf('land_acme'),
      },
    },
  );
  const answered = new Promise<number>((resolve) => slow.on('response', ({ statusCode = 0 }) => resolve(statusCode)));
  // The server begins when it has more than a question may have (max_query_size).
  slow.write('901\n'.repeat(100_000));
  await eventually(async () => expect(await runningInserts(database)).toBe(1));
  let isClosed = false;
  const closing = tables.fence('a'.repeat(32), signal()).then(() => {
    isClosed = true;
  });
  await sleep(500);
  expect(isClosed).toBe(false);
  slow.end('902\n');
  // It had not been answered, so whoever sent it sends it again: what counts is that nothing of it comes afterwards.
  const arrived = (await answered) === 200 ? 100_001 : 0;
  await closing;
  expect(await counted()).toBe(before + arrived);

  const batch = honestBatch(stream);
  const judge = store.client('judge', acme);
  const witness = store.client('witness', acme);
  const finding = { day: '2026-03-04', detector: 'volume', actor: 'p1', tenants: ['acme'], basis: 'detector' };
  const writers: readonly (readonly [string, () => Promise<void>])[] = [
    ['STORE_UNREACHABLE', () => landBatches(store, [batch], signal())],
    ['STORE_UNREACHABLE', () => landAccesses(store, [batch], signal())],
    ['STORE_REFUSED', () => saveFindings(judge, [{ ...finding, decidedAt: 0 } as never], 1, signal())],
    ['STORE_REFUSED', () => saveLessonRows(judge, [{ day: 1, state: '', lesson: '' }], 1, signal())],
    ['STORE_REFUSED', () => saveCheckpoints(witness, [{ number: 0, at: 0, block: 'b', sig: 's' }], signal())],
    ['STORE_REFUSED', () => saveTimeStamp(witness, { number: 0, at: 0, token: 't' }, signal())],
  ];
  for (const [code, write] of writers) await expect(write()).rejects.toMatchObject({ code });
  expect(await counted()).toBe(before + arrived);

  // Of two that would move it, one.
  expect(await tables.closedBy(signal())).toBe('a'.repeat(32));
  await expect(tables.fence('b'.repeat(32), signal())).rejects.toMatchObject({ code: 'IN_USE' });
  await tables.fence('a'.repeat(32), signal());

  // A lander as another machine has one: its batch waits, and is no dead letter.
  await using landLog = new LandLog(firm.data);
  await using lander = vault(store, landLog, [stream]);
  const landing = lander.deliver(batch);
  await eventually(async () => expect(lander.said.filter(({ level }) => level === 'warn').length).toBeGreaterThan(1));
  expect([lander.landed.length, landLog.deadTotals.batches]).toEqual([0, 0]);
  await tables.unfence(signal());
  await landing;
  expect([lander.landed.length, landLog.deadTotals.batches]).toEqual([1, 0]);
  expect(await counted()).toBe(before + arrived + 1);
});

async function runningInserts(database: string): Promise<number> {
  const response = await fetch(`${shared.url}/`, {
    method: 'POST',
    body: `SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO ${database}%'`,
    headers: { 'X-ClickHouse-User': adminName, 'X-ClickHouse-Key': shared.adminPassword },
  });
  return Number(await response.text());
}
