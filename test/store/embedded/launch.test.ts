/** The embedded server as a process: it dies with its parent, comes back at once, and lets a second process ask. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import { beganAt, readEndpoint } from '../../../store/embedded/endpoint.ts';
import { openStore } from '../../../store/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { openAt } from '../../helpers/open-test-store.ts';

const acme = tenantId('acme');
const folder = mkdtempSync(join(tmpdir(), 'cordon-launch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that holds the folder and lands one row every 5 ms, telling each that was taken. */
async function holder(dataDir: string): Promise<{ child: ChildProcess; taken: () => number }> {
  const script = fileURLToPath(new URL('./holder.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', createRequire(import.meta.url).resolve('tsx'), script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rows = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    rows += chunk.toString().split('\n').length - 1;
  });
  while (rows < 3) await sleep(10);
  return { child, taken: () => rows };
}

const count = async (dataDir: string) => {
  await using store = await openAt(dataDir, acme);
  const result = await store
    .client('read', acme)
    .query({ query: 'SELECT count() AS n FROM accesses', format: 'JSONEachRow' });
  const [row] = await result.json<{ n: number }>();
  return row?.n ?? -1;
};

test('after kill -9 the server is gone, nothing taken is lost, and a start right away works', async () => {
  const dataDir = join(folder, 'killed');
  let taken = 0;
  for (let round = 0; round < 3; round += 1) {
    const { child, taken: rows } = await holder(dataDir);
    const server = readEndpoint(join(dataDir, 'clickhouse'));
    child.kill('SIGKILL');
    await eventually(() => expect(server && beganAt(server.pid) === server.began).toBe(false));
    await sleep(50);
    taken += rows();
    const found = await count(dataDir);
    // One more may have been taken whose answer never came.
    expect(found).toBeGreaterThanOrEqual(taken);
    expect(found).toBeLessThanOrEqual(taken + round + 1);
  }
}, 180_000);

test('a second process may ask while another holds the folder, and may not hold it too', async () => {
  const dataDir = join(folder, 'shared');
  await using owner = await openAt(dataDir, acme);
  await expect(openAt(dataDir, acme)).rejects.toMatchObject({ code: 'IN_USE' });
  const options = { config: { store: 'embedded' as const }, dataDir, tenants: [acme], log: createLog('silent') };
  {
    await using guest = await openStore({ ...options, signal: AbortSignal.timeout(60_000), mode: 'attach' });
    expect(guest.serverPid).toBeUndefined();
    const result = await guest
      .client('read', acme)
      .query({ query: 'SELECT count() FROM accesses', format: 'TabSeparated' });
    expect(await result.text()).toBe('0\n');
    expect(() => guest.client('read', tenantId('nobody'))).toThrow('there is no client `nobody` in the store');
  }
  // The guest left; the owner's server is still there.
  expect(beganAt(owner.serverPid ?? 0)).toMatch(/^\d+$/);
});

test('a closed store leaves no process, no file that names clients, and no endpoint', async () => {
  const dataDir = join(folder, 'closed');
  const store = await openAt(dataDir, acme);
  const pid = store.serverPid ?? 0;
  for (const file of ['users.xml', 'config.xml']) expect(existsSync(join(dataDir, 'clickhouse', file))).toBe(false);
  await store[Symbol.asyncDispose]();
  expect(beganAt(pid)).toBeUndefined();
  expect(existsSync(join(dataDir, 'clickhouse/endpoint.json'))).toBe(false);
});

test('a client that has left the directory is still there', async () => {
  const dataDir = join(folder, 'left');
  await (await openAt(dataDir, acme, 'globex'))[Symbol.asyncDispose]();
  await using store = await openAt(dataDir, acme);
  expect(store.tenants).toEqual(['_unattributed', 'acme', 'globex']);
});
