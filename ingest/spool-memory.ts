/**
 * What the spool must not forget even when its file is lost: where each stream stands, how far each source has been read,
 * and how far all that was read has been acknowledged. A file of lines beside the spool, each with its own sum, written
 * after each change and never waited for: it is asked only when the spool itself is damaged.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../core/sync-folder.ts';
import type { SealedBatch, StoredReject } from '../core/types.ts';
import type { StreamHead } from './seal.ts';
import type { SourceCounts } from './source-counts.ts';
import { readSumText, sumText } from './spool-entry.ts';

/** Then it is written anew, shorter. */
const bytesMax = 4 * 1024 * 1024;

export interface Remembered {
  /** By source and tenant. */
  readonly heads: Record<string, Record<string, StreamHead>>;
  readonly counts: Record<string, SourceCounts>;
  /** Checkpoints by their names: the last, and the last before which everything was acknowledged. */
  readonly read: Record<string, string>;
  readonly confirmed: Record<string, string>;
}

/** What could be saved of a damaged spool. */
export interface Saved {
  readonly remembered: Remembered;
  readonly batches: readonly SealedBatch[];
  readonly rejects: readonly StoredReject[];
  readonly ids: readonly Buffer[];
}

type News = Partial<Remembered>;

const nothing = (): Remembered => ({ heads: {}, counts: {}, read: {}, confirmed: {} });

/** Beside the spool's folder, not in it. */
export const memoryFile = (dataDir: string): string => join(dataDir, 'spool-memory.log');

/** `undefined`: there is none, or none of it can be read. A line that is damaged is passed over. */
export function readMemory(file: string): Remembered | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const all = nothing();
  let lines = 0;
  for (const line of text.split('\n')) {
    const news = readSumText<News>(line);
    if (!news) continue;
    add(all, news);
    lines += 1;
  }
  return lines > 0 ? all : undefined;
}

function add(all: Remembered, { heads = {}, counts = {}, read = {}, confirmed = {} }: News): void {
  for (const [source, streams] of Object.entries(heads)) all.heads[source] = { ...all.heads[source], ...streams };
  Object.assign(all.counts, counts);
  Object.assign(all.read, read);
  Object.assign(all.confirmed, confirmed);
}

export class SpoolMemory {
  readonly #file: string;
  readonly #all: () => Remembered;
  #fd: number;
  #bytes = 0;

  /** `all`: everything, whenever the file is written anew. */
  constructor(file: string, all: () => Remembered) {
    this.#file = file;
    this.#all = all;
    this.#fd = this.#anew();
  }

  /** Throws nothing: what the disk did not take now is made good by writing all of it at the next change. */
  add(news: News): void {
    const line = lineOf(news);
    try {
      if (this.#bytes + line.length > bytesMax) {
        const before = this.#fd;
        this.#fd = this.#anew();
        closeSync(before);
      } else if (writeSync(this.#fd, line) === line.length) this.#bytes += line.length;
      else this.#bytes = bytesMax;
    } catch {
      this.#bytes = bytesMax;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #anew(): number {
    const aside = `${this.#file}.new`;
    const fd = openSync(aside, 'w', 0o600);
    try {
      const bytes = lineOf(this.#all());
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      fsyncSync(fd);
      renameSync(aside, this.#file);
      syncFolder(dirname(this.#file));
      this.#bytes = bytes.length;
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }
}

const lineOf = (news: News): Buffer => Buffer.from(`${sumText(news)}\n`);
