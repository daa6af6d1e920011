/** Edge and vault as plain processes with data folders of their own, over a real broker with its walls up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packageRoot } from '../../core/package-root.ts';
import { sambaLines } from '../helpers/edge.ts';
import { folder } from '../helpers/folder.ts';
import { type Broker, startBroker } from '../helpers/kafka.ts';
import { captured as cordon } from './captured.ts';
import { users, writeFirm } from './kafka-firm.ts';

const dir = folder();
const root = fileURLToPath(packageRoot);
const running = new Set<ChildProcess>();
let broker: Broker;

beforeAll(async () => {
  broker = await startBroker({ users });
  const config = writeFirm(dir.file('super'), broker, 'super');
  expect((await cordon(['topics', 'apply', '--config', config])).code).toBe(0);
  expect((await cordon(['acls', '--apply', '--config', config])).code).toBe(0);
}, 300_000);

afterAll(async () => {
  await Promise.all([...running].map((child) => stop(child, 'SIGKILL')));
  await broker[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** As it would be started by hand: Node reads the sources through tsx, nothing of jest's is there. */
function start(role: string, config: string): ChildProcess {
  const args = ['--import', 'tsx', join(root, 'cli/main.ts'), 'start', '--role', role, '--config', config];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

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
  let collecting = start('collect', edge);
  const key = 'data/keys/collectors/fs1.pub.pem';
  await until(() => existsSync(dir.file(`edge/${key}`)));
  mkdirSync(dir.file('vault/data/keys/collectors'), { recursive: true });
  cpSync(dir.file(`edge/${key}`), dir.file(`vault/${key}`));
  // Until the clients' public halves are here nothing can be sealed; what was read waits.
  const halves = dir.file('halves');
  expect(await cordon(['keys', 'export-tenants', '--out', halves, '--config', vault])).toMatchObject({ code: 0 });
  expect(await cordon(['keys', 'import-tenants', halves, '--config', edge])).toMatchObject({ code: 0 });
  let landing = start('land', vault);
  append(50, 50);
  while ((await stored(vault)).length === 0) await sleep(500);
  await stop(landing, 'SIGKILL');
  append(50, 100);
  await sleep(1_000);
  await stop(collecting, 'SIGKILL');
  append(50, 150);
  collecting = start('collect', edge);
  landing = start('land', vault);
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
  expect(readFileSync(dir.file(`vault/${key}`), 'utf8')).toContain('PUBLIC KEY');
}, 300_000);
