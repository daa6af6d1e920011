/**
 * What the lander of one data folder remembers beside the store: how far each stream has come, refused batches counted
 * in, and the refused batches of the local bus, with the reason.
 */
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { firstPrev } from '../core/batch.ts';
import { isFault } from '../core/errors.ts';
import type { BatchHeader, Instant, SealedBatch, TenantId } from '../core/types.ts';
import { ownFolder } from './own-folder.ts';
import type { StreamHead } from './seal.ts';
import { Room, spoolLimits } from './spool-room.ts';

export interface DeadLimits {
  readonly batchesMax: number;
  readonly bytesMax: number;
}

export const deadLimits: DeadLimits = { batchesMax: 20_000, bytesMax: 1024 ** 3 };

export interface DeadBatch {
  readonly batch: SealedBatch;
  readonly reason: string;
  readonly at: Instant;
}

export interface DeadTotals {
  readonly batches: number;
  readonly bytes: number;
}

/** Sorts behind every name of a source. */
const lastKey = '\u{10ffff}';
const totalsKey = 'totals';

const keyOf = ({ tenant, collector, seq, root }: BatchHeader): string[] => [tenant, collector, String(seq), root];

export class LandLog {
  readonly #env: RootDatabase;
  readonly #heads: Database<StreamHead, string[]>;
  readonly #dead: Database<DeadBatch, string[]>;
  readonly #totals: Database<DeadTotals, string>;
  readonly #limits: DeadLimits;
  readonly #room: Room;

  constructor(dataDir: string, limits: DeadLimits = deadLimits) {
    ownFolder(join(dataDir, 'land'));
    this.#limits = limits;
    this.#room = new Room(join(dataDir, 'land'), spoolLimits, 'the log of landings');
    this.#env = open({ path: join(dataDir, 'land'), maxDbs: 8, overlappingSync: false });
    this.#heads = this.#env.openDB({ name: 'heads' });
    this.#dead = this.#env.openDB({ name: 'dead' });
    this.#totals = this.#env.openDB({ name: 'dead-totals' });
  }

  head(collector: string, tenant: TenantId): StreamHead {
    return this.#heads.get([tenant, collector]) ?? { seq: 0, prev: firstPrev };
  }

  /** Of all streams, by tenant and collector, the next number. */
  heads(): Record<string, Record<string, number>> {
    const all: Record<string, Record<string, number>> = {};
    for (const { key, value } of this.#heads.getRange()) {
      const [tenant = '', collector = ''] = key;
      const streams = all[tenant] ?? {};
      all[tenant] = streams;
      streams[collector] = value.seq;
    }
    return all;
  }

  /** These streams have come so far; one that stands further stays where it is. Throws SPOOL_FULL (call it again later), and nothing is changed. */
  advance(tenant: TenantId, heads: readonly (readonly [string, StreamHead])[]): void {
    const further = heads.filter(([collector, head]) => head.seq > this.head(collector, tenant).seq);
    if (further.length === 0) return;
    this.#change(() => {
      for (const [collector, head] of further)
        if (head.seq > this.head(collector, tenant).seq) this.#heads.putSync([tenant, collector], head);
    });
  }

  /** A refused batch is kept whole; the same batch refused again is the same entry. False: there is no room. */
  bury(batch: SealedBatch, reason: string): boolean {
    try {
      return this.#bury(batch, reason);
    } catch (error) {
      if (isFault(error, 'SPOOL_FULL')) return false;
      throw error;
    }
  }

  #bury(batch: SealedBatch, reason: string): boolean {
    const key = keyOf(batch.header);
    return this.#change(() => {
      const { batches, bytes } = this.deadTotals;
      const before = this.#dead.get(key)?.batch.value.length;
      const now = {
        batches: batches + (before === undefined ? 1 : 0),
        bytes: bytes - (before ?? 0) + batch.value.length,
      };
      if (now.batches > this.#limits.batchesMax || now.bytes > this.#limits.bytesMax) return false;
      this.#dead.putSync(key, { batch, reason, at: Date.now() });
      this.#totals.putSync(totalsKey, now);
      return true;
    });
  }

  get deadTotals(): DeadTotals {
    return this.#totals.get(totalsKey) ?? { batches: 0, bytes: 0 };
  }

  *dead(tenant?: TenantId): Generator<DeadBatch> {
    const own = tenant === undefined ? {} : { start: [tenant], end: [tenant, lastKey] };
    for (const { value } of this.#dead.getRange(own)) yield value;
  }

  /** `undefined`: it is no longer there. */
  deadBatch(header: BatchHeader): SealedBatch | undefined {
    return this.#dead.get(keyOf(header))?.batch;
  }

  /** It was sent again and did not come back since that moment: it has landed. False when it came back. */
  revive({ header }: SealedBatch, since: Instant): boolean {
    const key = keyOf(header);
    return this.#change(() => {
      const entry = this.#dead.get(key);
      if (!entry || entry.at >= since) return false;
      this.#remove(key, entry);
      return true;
    });
  }

  /** All that is remembered of a client, refused batches included: how many of those there were. */
  forget(tenant: TenantId): number {
    const own = { start: [tenant], end: [tenant, lastKey] };
    let dead = 0;
    this.#change(() => {
      for (const key of [...this.#heads.getKeys(own)]) this.#heads.removeSync(key);
      for (const key of [...this.#dead.getKeys(own)]) {
        const entry = this.#dead.get(key);
        if (entry) this.#remove(key, entry);
        dead += 1;
      }
    });
    return dead;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#env.close();
  }

  /** All or nothing. Throws SPOOL_FULL. */
  #change<Result>(write: () => Result): Result {
    try {
      return this.#env.transactionSync(write);
    } catch (error) {
      throw this.#room.asFull(error) ?? error;
    }
  }

  #remove(key: string[], { batch }: DeadBatch): void {
    const { batches, bytes } = this.deadTotals;
    this.#dead.removeSync(key);
    this.#totals.putSync(totalsKey, { batches: batches - 1, bytes: bytes - batch.value.length });
  }
}
