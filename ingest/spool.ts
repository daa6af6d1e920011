/**
 * The edge's durable queue: everything one flush of a source changes is one LMDB transaction (its batches, the streams'
 * heads, the source's checkpoint, the ids it will remember, its rejects), so that a kill at any byte leaves either all
 * of it or nothing. Why LMDB: docs/decisions/0002.
 */
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { firstPrev } from '../core/batch.ts';
import { Fault } from '../core/errors.ts';
import type { AccessId, Instant, Reject, SealedBatch, TenantId } from '../core/types.ts';
import { ownFolder } from './own-folder.ts';
import type { StreamHead } from './seal.ts';

/** Ids are remembered for one to two generations, so for at least this long. */
const generationMs = 8 * 86_400_000;

export interface SpoolLimits {
  /** Batches waiting for the bus. */
  readonly waitingBytesMax: number;
  /** Rejects kept for replay. */
  readonly rejectBytesMax: number;
  /** Left free on the disk for everything else that lives there. */
  readonly freeBytesMin: number;
}

export const spoolLimits: SpoolLimits = {
  waitingBytesMax: 4 * 1024 ** 3,
  rejectBytesMax: 1024 ** 3,
  freeBytesMin: 64 * 1024 ** 2,
};

/** A disk with less than this is one that a write just failed on. */
const fullBytesMax = 1024 ** 2;

/** Records of a source and what became of them: read = accessed + repeats + ignored + rejects. */
export interface SourceCounts {
  readonly read: number;
  readonly accessed: number;
  readonly repeats: number;
  readonly ignored: number;
  readonly rejects: number;
}

export const noCounts: SourceCounts = { read: 0, accessed: 0, repeats: 0, ignored: 0, rejects: 0 };

export function addCounts(a: SourceCounts, b: SourceCounts): SourceCounts {
  return {
    read: a.read + b.read,
    accessed: a.accessed + b.accessed,
    repeats: a.repeats + b.repeats,
    ignored: a.ignored + b.ignored,
    rejects: a.rejects + b.rejects,
  };
}

/** All that one flush of one source changes. */
export interface Flush {
  readonly source: string;
  readonly batches: readonly SealedBatch[];
  readonly heads: ReadonlyMap<TenantId, StreamHead>;
  readonly checkpoint: { readonly name: string; readonly place: string } | undefined;
  readonly ids: readonly AccessId[];
  readonly rejects: readonly Reject[];
  readonly counts: SourceCounts;
}

export interface Waiting {
  /** Its number in the queue, rising. */
  readonly place: number;
  readonly batch: SealedBatch;
}

export interface KeptReject extends Reject {
  readonly number: number;
}

interface Totals {
  readonly place: number;
  readonly waitingBytes: number;
  readonly rejectBytes: number;
  readonly rejectNumber: number;
  /** Which of the two generations of ids is being written, and since when. */
  readonly generation: 0 | 1;
  readonly generationSince: Instant;
}

type Ids = Database<Buffer, Buffer>;

const nothing = Buffer.alloc(0);
const bytesOf = (items: readonly { readonly length: number }[]): number =>
  items.reduce((sum, { length }) => sum + length, 0);

export class Spool {
  readonly #path: string;
  readonly #limits: SpoolLimits;
  readonly #now: () => Instant;
  readonly #env: RootDatabase;
  readonly #waiting: Database<SealedBatch, number>;
  readonly #heads: Database<StreamHead, string[]>;
  readonly #checkpoints: Database<string, string>;
  readonly #rejects: Database<Reject, number>;
  readonly #counts: Database<SourceCounts, string>;
  readonly #state: Database<Totals, string>;
  readonly #ids: readonly [Ids, Ids];
  #totals: Totals;
  /** Whether the generation before this one holds anything: it mostly does not, and then needs no look. */
  #elder: boolean;

  constructor(dataDir: string, limits: SpoolLimits = spoolLimits, now: () => Instant = Date.now) {
    this.#path = join(dataDir, 'spool');
    this.#limits = limits;
    this.#now = now;
    ownFolder(this.#path);
    const env = open({ path: this.#path, maxDbs: 12, overlappingSync: false });
    const ids = (name: string): Ids => env.openDB({ name, keyEncoding: 'binary', encoding: 'binary' });
    this.#env = env;
    this.#waiting = env.openDB({ name: 'waiting' });
    this.#heads = env.openDB({ name: 'heads' });
    this.#checkpoints = env.openDB({ name: 'checkpoints' });
    this.#rejects = env.openDB({ name: 'rejects' });
    this.#counts = env.openDB({ name: 'counts' });
    this.#state = env.openDB({ name: 'state' });
    this.#ids = [ids('ids0'), ids('ids1')];
    this.#totals = this.#state.get('totals') ?? {
      place: 0,
      waitingBytes: 0,
      rejectBytes: 0,
      rejectNumber: 0,
      generation: 0,
      generationSince: now(),
    };
    this.#elder = this.#elderIds.getCount() > 0;
  }

  get #youngIds(): Ids {
    return this.#ids[this.#totals.generation];
  }

  get #elderIds(): Ids {
    return this.#ids[this.#totals.generation === 0 ? 1 : 0];
  }

  head(collector: string, tenant: TenantId): StreamHead {
    return this.#heads.get([collector, tenant]) ?? { seq: 0, prev: firstPrev };
  }

  checkpoint(name: string): string | undefined {
    return this.#checkpoints.get(name);
  }

  /** Whether a source said this before, within at least the last 8 days. */
  knows(id: AccessId): boolean {
    const key = Buffer.from(id, 'hex');
    return this.#youngIds.doesExist(key) || (this.#elder && this.#elderIds.doesExist(key));
  }

  countsOf(source: string): SourceCounts {
    return this.#counts.get(source) ?? noCounts;
  }

  get waitingBytes(): number {
    return this.#totals.waitingBytes;
  }

  /** All or nothing. Throws SPOOL_FULL (try the same flush again later) before anything is changed. */
  commit(flush: Flush): void {
    const batchBytes = bytesOf(flush.batches.map(({ value }) => value));
    const rejectBytes = bytesOf(flush.rejects.map(({ raw }) => raw));
    this.#checkRoom(batchBytes, rejectBytes);
    this.#turnGeneration();
    const totals = this.#totals;
    let { place, rejectNumber } = totals;
    // Sorted, because neighbours share pages and pages are what a commit writes.
    const ids = flush.ids.map((id) => Buffer.from(id, 'hex')).sort(Buffer.compare);
    this.#change(() => {
      for (const batch of flush.batches) this.#waiting.putSync(place++, batch);
      for (const [tenant, head] of flush.heads) this.#heads.putSync([flush.source, tenant], head);
      for (const id of ids) this.#youngIds.putSync(id, nothing);
      for (const reject of flush.rejects) this.#rejects.putSync(rejectNumber++, reject);
      if (flush.checkpoint) this.#checkpoints.putSync(flush.checkpoint.name, flush.checkpoint.place);
      this.#counts.putSync(flush.source, addCounts(this.countsOf(flush.source), flush.counts));
      return {
        ...totals,
        place,
        rejectNumber,
        waitingBytes: totals.waitingBytes + batchBytes,
        rejectBytes: totals.rejectBytes + rejectBytes,
      };
    });
  }

  /** The oldest batches from `place` on, at most `limit`. */
  *waiting(place: number, limit: number): Generator<Waiting> {
    for (const { key, value } of this.#waiting.getRange({ start: place, limit })) yield { place: key, batch: value };
  }

  /** Only after the bus acknowledged them. */
  remove(places: readonly number[]): void {
    this.#change(() => {
      let { waitingBytes } = this.#totals;
      for (const place of places) {
        waitingBytes -= this.#waiting.get(place)?.value.length ?? 0;
        this.#waiting.removeSync(place);
      }
      return { ...this.#totals, waitingBytes };
    });
  }

  *rejects(source?: string): Generator<KeptReject> {
    for (const { key, value } of this.#rejects.getRange()) {
      if (source === undefined || value.source === source) yield { ...value, number: key };
    }
  }

  /** For records that a later collector could read. */
  removeRejects(kept: readonly KeptReject[]): void {
    this.#change(() => {
      for (const { number } of kept) this.#rejects.removeSync(number);
      return { ...this.#totals, rejectBytes: this.#totals.rejectBytes - bytesOf(kept.map(({ raw }) => raw)) };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#env.close();
  }

  /** What is in memory changes only once it is on disk. */
  #change(write: () => Totals): void {
    let totals = this.#totals;
    try {
      this.#env.transactionSync(() => {
        totals = write();
        this.#state.putSync('totals', totals);
      });
    } catch (error) {
      if (!this.#isFull(error)) throw error;
      throw this.#full('the disk has no room left; free some', {}, error);
    }
    this.#totals = totals;
  }

  /** Of a write that the disk took only the beginning of, LMDB says that input or output failed. */
  #isFull(error: unknown): boolean {
    if (/MDB_MAP_FULL|No space left|ENOSPC/.test(String(error))) return true;
    const { bavail, bsize } = statfsSync(this.#path);
    return /Input\/output error/.test(String(error)) && bavail * bsize < fullBytesMax;
  }

  #checkRoom(batchBytes: number, rejectBytes: number): void {
    const { waitingBytesMax, rejectBytesMax, freeBytesMin } = this.#limits;
    const { waitingBytes, rejectBytes: kept } = this.#totals;
    const { bavail, bsize } = statfsSync(this.#path);
    if (bavail * bsize < freeBytesMin + 2 * (batchBytes + rejectBytes)) {
      throw this.#full('the disk has no room left; free some', { freeBytesMin, free: bavail * bsize });
    }
    if (batchBytes > 0 && waitingBytes + batchBytes > waitingBytesMax) {
      throw this.#full('too many batches wait for the bus; see why it does not take them', {
        waitingBytes,
        waitingBytesMax,
      });
    }
    if (rejectBytes > 0 && kept + rejectBytes > rejectBytesMax) {
      throw this.#full('too many unreadable records are kept; see `cordon rejects`', { kept, rejectBytesMax });
    }
  }

  #full(what: string, about: Record<string, number>, cause?: unknown): Fault {
    return new Fault(
      'SPOOL_FULL',
      `the spool in ${this.#path} is full: ${what}. Sources wait; nothing is lost.`,
      about,
      cause,
    );
  }

  /** Ends a generation of ids that has lasted long enough; the one before it is forgotten whole. */
  #turnGeneration(): void {
    if (this.#now() - this.#totals.generationSince < generationMs) return;
    this.#elderIds.clearSync();
    const generation = this.#totals.generation === 0 ? 1 : 0;
    this.#change(() => ({ ...this.#totals, generation, generationSince: this.#now() }));
    this.#elder = true;
  }
}
