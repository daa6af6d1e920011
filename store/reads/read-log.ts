/**
 * Who read what: `reads/YYYY-MM.ndjson` in the data folder, one line a reading, each with the SHA-256 of the line before it, across
 * files. Lines are added and never changed; whole months go when they are older than is kept.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { syncFolder } from '../../core/sync-folder.ts';
import { isoOf } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import { tryLock } from '../data-lock.ts';

const lockMsMax = 10_000;
const lockPollMs = 5;
const tailBytes = 64 * 1024;
const monthsKept = 14;
const monthForm = /^\d{4}-\d{2}\.ndjson$/;
const heldMark = 'held';
const nothingBefore = '0'.repeat(64);

const shape = z.strictObject({
  n: z.int().min(0),
  /** ISO 8601. */
  at: z.string(),
  who: z.string(),
  kind: z.enum(['person', 'service']),
  tenant: z.string(),
  purpose: z.string(),
  /** SHA-256 of statement and parameters, hex; '' for a service, whose questions of a minute are one line. */
  query: z.string(),
  times: z.int().min(1),
  rows: z.int().min(0),
  prev: z.string().regex(/^[0-9a-f]{64}$/),
});

export type ReadLine = z.output<typeof shape>;
export type Reading = Omit<ReadLine, 'n' | 'prev'>;

/** The next line's number, and the hash of the last one. */
export interface ReadHead {
  readonly n: number;
  readonly hash: string;
}

export const readsFolder = (dataDir: string): string => join(dataDir, 'reads');
const hashOf = (line: string): string => createHash('sha256').update(line).digest('hex');

const monthsIn = (folder: string): string[] => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return readdirSync(folder)
    .filter((name) => monthForm.test(name))
    .sort();
};

/** On disk when it resolves. Throws SPOOL_FULL when it cannot be written: then nothing was added. */
export async function appendReads(
  dataDir: string,
  readings: readonly Reading[],
  now: Instant,
  signal: AbortSignal,
): Promise<void> {
  if (readings.length === 0) return;
  const folder = readsFolder(dataDir);
  await using _lock = await lockOf(folder, signal);
  const months = monthsIn(folder);
  let { n, hash } = headIn(folder, months);
  const lines = readings.map((reading) => {
    const line = JSON.stringify({ n, ...reading, prev: hash } satisfies ReadLine);
    n += 1;
    hash = hashOf(line);
    return `${line}\n`;
  });
  const month = `${isoOf(now).slice(0, 7)}.ndjson`;
  // A clock that was put back must not put lines before others.
  add(folder, [month, ...months].sort().at(-1) ?? month, Buffer.from(lines.join('')));
  if (existsSync(join(folder, heldMark))) return;
  for (const old of months.slice(0, Math.max(0, months.length - monthsKept))) rmSync(join(folder, old));
}

/** While a client is held, nothing goes of who read what. */
export function markHeld(dataDir: string, held: boolean): void {
  const folder = readsFolder(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (held) writeFileSync(join(folder, heldMark), '');
  else rmSync(join(folder, heldMark), { force: true });
}

/** Where the log ends. */
export async function readHead(dataDir: string, signal: AbortSignal): Promise<ReadHead> {
  const folder = readsFolder(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await using _lock = await lockOf(folder, signal);
  return headIn(folder, monthsIn(folder));
}

/** Every line there is, in order. Throws EVIDENCE_BROKEN, naming the first line that does not follow the one before. */
export function* readLines(dataDir: string): Generator<ReadLine & { readonly hash: string }> {
  const folder = readsFolder(dataDir);
  let before: ReadHead | undefined;
  for (const month of monthsIn(folder)) {
    const lines = readFileSync(join(folder, month), 'utf8').split('\n');
    // What a crash left of a line states nothing; the next reading takes its place.
    lines.pop();
    for (const [i, text] of lines.entries()) {
      const parsed = shape.safeParse(jsonOf(text));
      const line = parsed.data;
      if (!line || (before && (line.n !== before.n || line.prev !== before.hash))) {
        throw new Fault('EVIDENCE_BROKEN', `${join(folder, month)}:${i + 1}: the log of readings was changed here`, {
          line: i + 1,
        });
      }
      const hash = hashOf(text);
      before = { n: line.n + 1, hash };
      yield { ...line, hash };
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Several processes may write; the kernel ends the lock with its holder. */
async function lockOf(folder: string, signal: AbortSignal): Promise<AsyncDisposable> {
  const giveUpAt = Date.now() + lockMsMax;
  for (;;) {
    const lock = await tryLock(folder, 'read');
    if (lock) return lock;
    if (Date.now() > giveUpAt) throw new Fault('IN_USE', `${folder} is held by another process; stop that one`);
    await sleep(lockPollMs, undefined, { signal });
  }
}

function headIn(folder: string, months: readonly string[]): ReadHead {
  for (const month of months.toReversed()) {
    const line = lastLineOf(join(folder, month));
    if (line !== undefined) {
      const parsed = shape.safeParse(jsonOf(line));
      if (parsed.success) return { n: parsed.data.n + 1, hash: hashOf(line) };
      throw new Fault('EVIDENCE_BROKEN', `${join(folder, month)}: its last line is no reading; restore it`);
    }
  }
  return { n: 0, hash: nothingBefore };
}

/** The last whole one. */
function lastLineOf(file: string): string | undefined {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8').split('\n').slice(0, -1).at(-1);
  } finally {
    closeSync(fd);
  }
}

function add(folder: string, month: string, bytes: Buffer): void {
  const fd = openSync(join(folder, month), 'a+', 0o600);
  const size = wholeSizeOf(fd);
  try {
    ftruncateSync(fd, size);
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    fsyncSync(fd);
  } catch (cause) {
    ftruncateSync(fd, size);
    throw new Fault('SPOOL_FULL', `${join(folder, month)} cannot be written; make room on that disk`, {}, cause);
  } finally {
    closeSync(fd);
  }
  syncFolder(folder);
}

/** Without what a crash left of a line. */
function wholeSizeOf(fd: number): number {
  const { size } = fstatSync(fd);
  const bytes = Buffer.alloc(Math.min(size, tailBytes));
  readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  return size - (bytes.length - (bytes.lastIndexOf(10) + 1));
}
