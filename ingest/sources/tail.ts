/** Follows the files a pattern matches: as they grow, are rotated by rename or by copy-and-truncate, and across restarts. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import picomatch from 'picomatch';
import { isFault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Instant } from '../../core/types.ts';
import type { Frame, Framing } from '../frame.ts';
import type { Intake } from '../intake.ts';
import type { SourceCounts } from '../source-counts.ts';
import type { Spool } from '../spool.ts';
import type { FileMark } from './file-mark.ts';
import { flushWhenRoom } from './flush.ts';
import { TailedFile } from './tailed-file.ts';

/** A batch is cut at the latest after this; */
const flushMs = 200;
/** of a backlog, which is late already, after this: batches become larger, and so cheaper for everyone behind. */
const flushMsOfBacklog = 1_000;
const pollMs = 100;
/** After this quiet time a record that might have gone on is taken as complete. */
const idleMs = 1_000;
/** A file that was renamed away may still be written to for a while. */
const keepRotatedMs = 10_000;
const filesMax = 512;

export interface TailDeps {
  readonly source: string;
  /** Paths; `*` and `?` and `**` may stand for names in them. */
  readonly patterns: readonly string[];
  readonly framing: Framing;
  readonly intake: Intake;
  readonly spool: Spool;
  readonly log: Log;
  /** Which source reads which file, by device and inode, among those of one collector: read by two, each record would be two accesses. */
  readonly owners?: Map<string, string>;
  readonly now?: () => Instant;
  readonly onFlush?: (counts: SourceCounts) => void;
}

interface Found {
  readonly path: string;
  readonly key: string;
}

export class Tail {
  readonly #deps: TailDeps;
  readonly #now: () => Instant;
  readonly #files = new Map<string, TailedFile>();
  readonly #foreign = new Set<string>();
  readonly #name: string;
  readonly #patterns: readonly string[];
  readonly #matches: (path: string) => boolean;
  #dirtySince: Instant | undefined;

  constructor(deps: TailDeps) {
    this.#deps = deps;
    this.#patterns = deps.patterns.map((pattern) => resolve(pattern));
    this.#matches = picomatch([...this.#patterns], { dot: true });
    this.#now = deps.now ?? Date.now;
    this.#name = `tail/${deps.source}`;
  }

  /** Runs until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#resume();
    while (!signal.aborted) {
      const more = await this.#poll();
      const waitMs = more ? flushMsOfBacklog : flushMs;
      const due = this.#dirtySince !== undefined && this.#now() - this.#dirtySince >= waitMs;
      if (due || this.#deps.intake.isFull) await this.#flush(signal);
      if (!more) await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
    for (const file of this.#files.values()) await file.close();
  }

  /** Finds the files of the last run again by inode, also under another name: they are finished before anything new. */
  async #resume(): Promise<void> {
    const place = this.#deps.spool.checkpoint(this.#name);
    if (place === undefined) return;
    const marks = JSON.parse(place) as FileMark[];
    const present = new Map((await this.#listAll(() => true)).map((found) => [found.key, found]));
    for (const mark of marks) {
      const found = present.get(`${mark.dev}:${mark.ino}`);
      if (found) await this.#open(found, mark);
      else this.#deps.log.warn({ source: this.#deps.source, offset: mark.offset }, 'a file of the last run is gone');
    }
  }

  async #open({ path, key }: Found, mark: FileMark | undefined): Promise<void> {
    if (this.#files.has(key) || this.#files.size >= filesMax || !this.#isMine(key)) return;
    try {
      this.#files.set(key, await TailedFile.open(path, this.#deps.framing, mark, this.#now()));
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
      this.#deps.log.error({ source: this.#deps.source, why }, 'a file cannot be read');
    }
  }

  /** The first source that finds a file has it; the other says so, once. */
  #isMine(key: string): boolean {
    const { owners, source, log } = this.#deps;
    const owner = owners?.get(key) ?? source;
    if (owner === source) {
      owners?.set(key, source);
      return true;
    }
    if (!this.#foreign.has(key))
      log.error({ source, owner }, 'a file is read by another source already; give each its own');
    this.#foreign.add(key);
    return false;
  }

  /** One look at everything; true when there is more to read at once. */
  async #poll(): Promise<boolean> {
    const listed = await this.#listAll(this.#matches);
    for (const found of listed) await this.#open(found, undefined);
    const live = new Set(listed.map(({ key }) => key));
    let more = false;
    for (const file of [...this.#files.values()]) {
      const now = this.#now();
      const read = await file.read(now);
      this.#take(read.frames, file);
      more ||= read.more;
      const quietMs = now - file.grewAt;
      if (read.frames.length === 0 && quietMs >= idleMs) this.#take(file.idle(), file);
      if (!live.has(file.key) && quietMs >= keepRotatedMs) {
        this.#take(await file.end(), file);
        this.#files.delete(file.key);
        this.#deps.owners?.delete(file.key);
        this.#dirtySince ??= now;
      }
      if (this.#deps.intake.isFull) return true;
    }
    return more;
  }

  #take(frames: readonly Frame[], file: TailedFile): void {
    if (frames.length === 0) return;
    const now = this.#now();
    this.#deps.intake.take(frames, file.path, () => now);
    this.#dirtySince ??= now;
  }

  async #flush(signal: AbortSignal): Promise<void> {
    const { source, intake, log, onFlush } = this.#deps;
    const marks = await Promise.all([...this.#files.values()].map((file) => file.mark()));
    try {
      const counts = await flushWhenRoom(
        intake,
        { name: this.#name, place: JSON.stringify(marks) },
        { source, log, signal },
      );
      onFlush?.(counts);
      this.#dirtySince = undefined;
    } catch (error) {
      // Stopped while waiting for room: what was read is read again from the checkpoint.
      if (!signal.aborted || isFault(error)) throw error;
    }
  }

  async #listAll(wanted: (path: string) => boolean): Promise<Found[]> {
    const lists = await Promise.all(this.#patterns.map((pattern) => this.#list(pattern, wanted)));
    return lists.flat();
  }

  /** Regular files below the pattern's fixed part that `wanted` accepts. */
  async #list(pattern: string, wanted: (path: string) => boolean): Promise<Found[]> {
    const { base, glob } = picomatch.scan(pattern);
    const folder = glob === '' ? join(base, '..') : base;
    const names = await readdir(folder, { recursive: glob.includes('/') }).catch(() => []);
    const found: Found[] = [];
    for (const path of names
      .map((name) => join(folder, name))
      .filter(wanted)
      .sort()) {
      const info = await stat(path).catch(() => undefined);
      if (info?.isFile()) found.push({ path, key: `${info.dev}:${info.ino}` });
    }
    return found;
  }
}
