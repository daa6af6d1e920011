/** Edge and vault as plain processes with data folders of their own, over a real broker with its walls up. */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

/** What the edge has collected reaches the vault's store, by the objects' names. */
async function stored(config: string): Promise<readonly string[]> {
  const told = await cordon(['accesses', '--tenant', 'acme', '--json', '--config', config]);
  if (told.code !== 0) throw new Error(told.err);
  return told.out
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { object: string }).object);
}

async function until(there: () => boolean): Promise<void> {
  while (!there()) await sleep(50);
}

test('what an edge collects lands in a vault that shares nothing with it but the broker and a public key, over kills of both', async () => {
  const edge = writeFirm(dir.file('edge'), broker, 'edge-files', {
    sources: { fs1: { collector: 'samba', tail: 'audit.log' } },
  });
  const vault = writeFirm(dir.file('vault'), broker, 'lander');
  const log = dir.file('edge/audit.log');
  const append = (count: number, first: number) =>
    appendFileSync(
      log,
      sambaLines(count, first)
        .map((line) => `${line}\n`)
        .join(''),
    );
  append(50, 0);
  let collecting = roles.start('collect', edge);
  await until(() => existsSync(dir.file(`edge/${edgeKey}`)));
  trustEdge(dir.file('vault'), dir.file('edge'));
  // Until the clients' public halves are here nothing can be sealed; what was read waits.
  await carryHalves(dir.file('halves'), vault, edge);
  let landing = roles.start('land', vault);
  append(50, 50);
  while ((await stored(vault)).length === 0) await sleep(500);
  await stop(landing, 'SIGKILL');
  append(50, 100);
  await sleep(1_000);
  await stop(collecting, 'SIGKILL');
  append(50, 150);
  collecting = roles.start('collect', edge);
  landing = roles.start('land', vault);
  // The killed lander's session must run out before its partitions are given to the new one.
  while ((await stored(vault)).length < 200) await sleep(500);
  await stop(collecting);
  await stop(landing);
  const objects = await stored(vault);
  expect(objects).toHaveLength(200);
  expect(new Set(objects).size).toBe(200);
  // The edge holds no store, and the vault no key that signs.
  expect(existsSync(dir.file('edge/data/clickhouse'))).toBe(false);
  expect(existsSync(dir.file('vault/data/clickhouse'))).toBe(true);
  expect(existsSync(dir.file('vault/data/keys/collectors/fs1.pem'))).toBe(false);
  const seal = 'data/keys/seal/acme';
  expect(readdirSync(dir.file(`vault/${seal}`)).sort()).toEqual(['1.pem', '1.pub.pem']);
  expect(readdirSync(dir.file(`edge/${seal}`))).toEqual(['1.pub.pem']);
  rmSync(dir.file('edge/data'), { recursive: true });
  expect(readFileSync(dir.file(`vault/${edgeKey}`), 'utf8')).toContain('PUBLIC KEY');
}, 300_000);
