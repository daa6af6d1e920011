/** A vault that lost its store while the brokers still keep what came after the last backup. And what the doctor says at an edge. */
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sambaLines } from '../helpers/edge.ts';
import { folder } from '../helpers/folder.ts';
import { type Broker, startBroker } from '../helpers/kafka.ts';
import { captured as cordon } from './captured.ts';
import { carryHalves, edgeKey, raiseWalls, trustEdge, users, writeFirm } from './kafka-firm.ts';
import { RoleProcesses, stop } from './role-processes.ts';

const dir = folder();
const roles = new RoleProcesses();
let broker: Broker;

beforeAll(async () => {
  broker = await startBroker({ users });
  await raiseWalls(dir.file('super'), broker);
}, 300_000);

afterAll(async () => {
  await roles[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

async function landed(config: string, count: number): Promise<void> {
  for (;;) {
    const { out } = await cordon(['accesses', '--tenant', 'acme', '--json', '--config', config]);
    if (out.split('\n').filter(Boolean).length >= count) return;
    await sleep(300);
  }
}

interface Diagnosis {
  readonly about: string;
  readonly is: string;
  readonly says: string;
}

async function doctor(config: string) {
  const { code, out } = await cordon(['doctor', '--json', '--config', config]);
  const all = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Diagnosis);
  return { code, of: (what: string) => all.filter(({ about }) => about.startsWith(what)) };
}

test('what the brokers keep comes again behind a restored backup, and once', async () => {
  const edge = writeFirm(dir.file('edge'), broker, 'edge-files', {
    sources: { fs1: { collector: 'samba', tail: 'audit.log' } },
  });
  const vault = writeFirm(dir.file('vault'), broker, 'lander');
  const append = (count: number, first: number) => {
    for (const line of sambaLines(count, first)) appendFileSync(dir.file('edge/audit.log'), `${line}\n`);
  };
  append(30, 0);
  const collecting = roles.start('collect', edge);
  while (!existsSync(dir.file(`edge/${edgeKey}`))) await sleep(50);
  trustEdge(dir.file('vault'), dir.file('edge'));
  await carryHalves(dir.file('halves'), vault, edge);
  let landing = roles.start('land', vault);
  await landed(vault, 30);

  // At the edge, while it runs: it has no store and needs none.
  const there = await doctor(edge);
  expect({ code: there.code, store: there.of('store'), login: there.of('login') }).toMatchObject({
    code: 0,
    store: [{ is: 'notice' }],
    login: [{ is: 'fine', says: 'edge-files is let in; 2 topics are there for it' }],
  });

  const backup = dir.file('acme.backup');
  expect(await cordon(['backup', '--tenant', 'acme', '-o', backup, '--config', vault])).toMatchObject({ code: 0 });
  append(20, 30);
  await landed(vault, 50);
  // Until the lander has told the brokers how far it is, there is nothing to set back.
  const rewind = () => cordon(['topics', 'rewind', '--config', vault]);
  let early = await rewind();
  while (early.code === 0) early = await rewind();
  expect(early).toMatchObject({ code: 1, err: expect.stringContaining('cordon-land are running: stop all of them') });
  await stop(landing);
  await stop(collecting);
  cpSync(dir.file('vault/data/keys'), dir.file('keys'), { recursive: true });
  rmSync(dir.file('vault/data'), { recursive: true });
  mkdirSync(dir.file('vault/data'));
  cpSync(dir.file('keys'), dir.file('vault/data/keys'), { recursive: true });

  const restored = await cordon(['restore', backup, '--config', vault]);
  expect(restored).toMatchObject({ code: 0, out: expect.stringContaining('acme: 30 accesses') });
  expect(restored.err).toMatch(
    /^[1-9]\d* batches of acme that the brokers still keep come again when a lander runs\n$/,
  );
  landing = roles.start('land', vault);
  await landed(vault, 50);
  await stop(landing);
  const told = await cordon(['audit-chain', '--config', vault, '--json']);
  const audit = told.out.split('\n').filter((line) => line.includes('"tenant":"acme"'));
  expect(JSON.parse(audit[0] ?? '')).toMatchObject({ holds: true, accesses: 50 });
}, 300_000);

test('at an edge that stands still the doctor makes no store and no keys; a user who may nothing is told so', async () => {
  const edge = writeFirm(dir.file('other'), broker, 'nobody', {
    sources: { fs1: { collector: 'samba', tail: 'audit.log' } },
  });
  mkdirSync(dir.file('other/data'));
  const { code, of } = await doctor(edge);
  expect({ code, login: of('login') }).toMatchObject({
    code: 1,
    login: [{ is: 'wrong', says: expect.stringContaining('cordon.acme, cordon._unattributed are not there for it') }],
  });
  expect(readdirSync(dir.file('other/data'))).toEqual([]);
}, 60_000);
