/** Starts a real ClickHouse server as a child process out of an npm package, and stops it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../core/errors.ts';
import { writePrivately } from '../../core/write-whole.ts';
import type { StoreUser } from '../users.ts';
import { configXml, type Disk, sleepRowsMax, usersXml } from './config-files.ts';
import { beganAt, type Endpoint, isListening, readEndpoint, removeEndpoint, writeEndpoint } from './endpoint.ts';

const readyMsMax = 60_000;
const oldOneMsMax = 10_000;
const stopMsMax = 10_000;
const pollMs = 5;
const launchesMax = 3;
const lastWordsBytesMax = 4_096;

const libraryPackage = '@chdb/lib-linux-x64-gnu';

export interface DiskKey {
  /** Letters, digits and `_`. */
  readonly name: string;
  readonly keyHex: string;
}

export interface Launch {
  /** `<data>/clickhouse`. */
  readonly home: string;
  readonly users: readonly StoreUser[];
  readonly passwordOf: (user: string) => string;
  readonly disks: readonly DiskKey[];
  /** Tables that remember their inserts, of all databases together. */
  readonly insertLogs: number;
  readonly signal: AbortSignal;
}

export interface EmbeddedServer {
  readonly endpoint: Endpoint;
  /** Resolves with a sentence when the server is gone; after `stop` too. */
  readonly gone: Promise<string>;
  /** False where the kernel has no Landlock: then SQL can read this account's files. */
  readonly walled: boolean;
  stop(): Promise<void>;
}

/** The caller holds the data folder. Throws STORE_UNREACHABLE if the server does not come up. */
export async function launch(options: Launch): Promise<EmbeddedServer> {
  const { home, signal } = options;
  mkdirSync(join(home, 'data'), { recursive: true, mode: 0o700 });
  await waitForTheOldOne(home, signal);
  for (let attempt = 1; ; attempt += 1) {
    const started = await start(options);
    if (!(started instanceof Fault)) return started;
    if (attempt >= launchesMax) throw started;
  }
}

/** After a kill -9 the old server dies with its parent, but takes a moment. Nobody owns it any more: we hold the folder. */
async function waitForTheOldOne(home: string, signal: AbortSignal): Promise<void> {
  const giveUpAt = Date.now() + oldOneMsMax;
  for (let old = readEndpoint(home); old; old = readEndpoint(home)) {
    if (Date.now() > giveUpAt) {
      throw new Fault('IN_USE', `an old store process (${old.pid}) does not end; end it and start again`, {
        pid: old.pid,
      });
    }
    await sleep(pollMs, undefined, { signal });
  }
  removeEndpoint(home);
}

async function start(options: Launch): Promise<EmbeddedServer | Fault> {
  const { home, users, passwordOf, disks, insertLogs, signal } = options;
  const port = await freePort();
  const named = disks.map(({ name }, i): Disk => ({ name, keyVariable: `CORDON_DISK_KEY_${i}` }));
  writePrivately(join(home, 'users.xml'), usersXml(users, passwordOf));
  writePrivately(join(home, 'config.xml'), configXml({ home, port, disks: named, insertLogs }));
  const child = spawnServer(home, Object.fromEntries(disks.map(({ keyHex }, i) => [`CORDON_DISK_KEY_${i}`, keyHex])));
  const { gone, said } = lastWords(child);
  const pid = child.pid;
  const began = pid === undefined ? undefined : beganAt(pid);
  if (pid === undefined || began === undefined) return unreachable(await gone);
  const endpoint: Endpoint = { port, pid, began };
  writeEndpoint(home, endpoint);
  const stop = () => stopped(child, home, gone);
  try {
    const failure = await ready(endpoint, gone, signal);
    if (failure !== undefined) {
      await stop();
      return unreachable(failure);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  // Only needed to start, and they name every client.
  for (const file of ['users.xml', 'config.xml']) rmSync(join(home, file), { force: true });
  return { endpoint, gone, walled: !said().includes('NOT WALLED IN'), stop };
}

const unreachable = (why: string) =>
  new Fault(
    'STORE_UNREACHABLE',
    `the embedded store did not start: ${why}; if that lasts, see clickhouse/ in the data folder`,
  );

function spawnServer(home: string, keys: Readonly<Record<string, string>>): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const script = fileURLToPath(new URL(fromSource ? './child.ts' : './child.js', import.meta.url));
  // A port is opened by a statement, and the server lives as long as the statement after it.
  const query = `SYSTEM START LISTEN HTTP; SELECT sleepEachRow(3) FROM numbers(${sleepRowsMax})
    SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 3000000 FORMAT Null`;
  const args = [
    ...(fromSource ? ['--import', createRequire(import.meta.url).resolve('tsx')] : []),
    script,
    String(process.pid),
    libraryFile(),
    home,
    query,
  ];
  return spawn(process.execPath, args, {
    // A group of its own: Ctrl-C in a terminal is for the parent, which then stops the server in good order.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...keys },
  });
}

function libraryFile(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${libraryPackage}/package.json`)), 'libchdb.so');
  } catch (cause) {
    throw new Fault(
      'STORE_UNREACHABLE',
      `the embedded store needs the optional package ${libraryPackage}, which is for Linux on x64 with glibc; install it with npm ci`,
      {},
      cause,
    );
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What the server said before it ended, in one line. */
function lastWords(child: ChildProcess): { gone: Promise<string>; said: () => string } {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-lastWordsBytesMax);
  });
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      const line = text.split('\n').find((each) => /exception|error|cannot/i.test(each));
      resolve(line?.replace(/, Stack trace.*/, '').trim() ?? `it ended with ${signal ?? `code ${code}`}`);
    });
  });
  return { gone, said: () => text };
}

/** `undefined` when it answers; a sentence when it never will. */
async function ready(endpoint: Endpoint, gone: Promise<string>, signal: AbortSignal): Promise<string | undefined> {
  let ended: string | undefined;
  void gone.then((words) => {
    ended = words;
  });
  const giveUpAt = Date.now() + readyMsMax;
  while (Date.now() < giveUpAt) {
    if (ended !== undefined) return ended;
    if (isListening(endpoint)) return undefined;
    await sleep(pollMs, undefined, { signal });
  }
  return `it did not listen within ${readyMsMax / 1_000} seconds`;
}

async function stopped(child: ChildProcess, home: string, gone: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
  await gone;
  clearTimeout(forced);
  removeEndpoint(home);
}
