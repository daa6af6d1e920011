/**
 * One process at a time holds a data folder. The lock is an abstract unix socket (unix(7), Linux): the kernel releases
 * it at the holder's death, however it dies, so there is never a stale one. Whoever connects is told who holds it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../core/errors.ts';
import type { Instant } from '../core/types.ts';

const answerMsMax = 1_000;
const answerBytesMax = 4_096;
const retryMs = 50;

/** `serve`: holds it until it is stopped. `read`: one question of a person, over in a moment. */
export type Purpose = 'serve' | 'read';

export interface Holder {
  readonly pid: number;
  readonly purpose: Purpose;
  /** When it took the folder. */
  readonly since: Instant;
}

export interface DataLock {
  readonly dataDir: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes the folder if there is none. A `read` holder is waited for up to `waitMs`. Throws IN_USE, naming the process
 * that holds the folder.
 */
export async function lockData(
  dataDir: string,
  options: { purpose: Purpose; waitMs: number; signal: AbortSignal },
): Promise<DataLock> {
  const { purpose, waitMs, signal } = options;
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    signal.throwIfAborted();
    const lock = await tryLock(dataDir, purpose);
    if (lock) return lock;
    const holder = await holderOf(dataDir);
    // Nobody answers: it was released between the two calls, or its process is too busy to say who it is.
    if (Date.now() >= giveUpAt || holder?.purpose === 'serve') throw inUse(dataDir, holder);
    await sleep(retryMs, undefined, { signal });
  }
}

/** `undefined`: somebody else has it. */
export async function tryLock(dataDir: string, purpose: Purpose): Promise<DataLock | undefined> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const answer = JSON.stringify({ pid: process.pid, purpose, since: Date.now() } satisfies Holder);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(answer);
  });
  if (!(await listens(server, socketName(dataDir)))) return undefined;
  server.unref();
  return {
    dataDir,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(() => done())),
  };
}

function listens(server: Server, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(name, () => resolve(true));
  });
}

/** Who holds the folder; `undefined` if nobody does or nobody answers. */
export function holderOf(dataDir: string): Promise<Holder | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(socketName(dataDir));
    const done = (holder?: Holder) => {
      socket.destroy();
      resolve(holder);
    };
    socket.setTimeout(answerMsMax, () => done());
    socket.on('error', () => done());
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.length > answerBytesMax) done();
    });
    socket.on('end', () => done(holderIn(text)));
  });
}

function holderIn(text: string): Holder | undefined {
  try {
    const { pid, purpose, since } = JSON.parse(text) as Holder;
    const isHolder = Number.isInteger(pid) && (purpose === 'serve' || purpose === 'read') && Number.isFinite(since);
    return isHolder ? { pid, purpose, since } : undefined;
  } catch {
    return undefined;
  }
}

export function inUse(dataDir: string, holder: Holder | undefined): Fault {
  const who = holder ? `process ${holder.pid}` : 'another process';
  return new Fault(
    'IN_USE',
    `the data folder ${dataDir} is in use by ${who}; stop that process, or give this one a data folder of its own`,
    holder ? { pid: holder.pid } : {},
  );
}

/** Two names of one folder (a link, a relative path) are one lock. */
function socketName(dataDir: string): string {
  return `\0cordon-${createHash('sha256').update(realpathSync(dataDir)).digest('hex')}`;
}
