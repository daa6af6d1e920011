/**
 * What the lander must remember to land once only: how far each stream has landed, which merge is under way in each
 * tenant (a retry must be the same merge under the same token), and the batches it refused, with the reason.
 */
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { firstPrev } from '../core/batch.ts';
import type { BatchHeader, Instant, SealedBatch, TenantId } from '../core/types.ts';
import { ownFolder } from './own-folder.ts';
import type { StreamHead } from './seal.ts';

/** One batch by its name within a tenant. */
export type BatchName = Pick<BatchHeader, 'collector' | 'seq'>;

/** One insert: these batches of these streams, in this order. */
export type Merge = readonly BatchName[];

export interface DeadBatch {
  readonly batch: SealedBatch;
  readonly reason: string;
  readonly at: Instant;
}

/** Sorts behind every name of a source. */
const lastKey = '\u{10ffff}';

export class LandLog {
  readonly #env: RootDatabase;
  readonly #heads: Database<StreamHead, string[]>;
  readonly #merges: Database<Merge, string>;
  readonly #kept: Database<true, (string | number)[]>;
  readonly #dead: Database<DeadBatch, string[]>;

  constructor(dataDir: string) {
    ownFolder(join(dataDir, 'land'));
    this.#env = open({ path: join(dataDir, 'land'), maxDbs: 8, overlappingSync: false });
    this.#heads = this.#env.openDB({ name: 'heads' });
    this.#merges = this.#env.openDB({ name: 'merges' });
    this.#kept = this.#env.openDB({ name: 'kept' });
    this.#dead = this.#env.openDB({ name: 'dead' });
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

  /** The merge a crash may have interrupted. */
  merge(tenant: TenantId): Merge | undefined {
    return this.#merges.get(tenant);
  }

  /** Before the insert. */
  begin(tenant: TenantId, merge: Merge): void {
    this.#merges.putSync(tenant, merge);
  }

  /** After the insert: the merge is over and its streams stand here. */
  finish(tenant: TenantId, merge: Merge, heads: ReadonlyMap<string, StreamHead>): void {
    this.#env.transactionSync(() => {
      for (const [collector, head] of heads) this.#heads.putSync([tenant, collector], head);
      for (const { collector, seq } of merge) this.#kept.removeSync([tenant, collector, seq]);
      this.#merges.removeSync(tenant);
    });
  }

  /** The store took the sealed batches of a merge but not its accesses, which will land in other merges. */
  keep(tenant: TenantId, merge: Merge): void {
    this.#env.transactionSync(() => {
      for (const { collector, seq } of merge) this.#kept.putSync([tenant, collector, seq], true);
    });
  }

  /** Whether the store has the sealed batch already, though its accesses have not landed. */
  isKept(tenant: TenantId, { collector, seq }: BatchName): boolean {
    return this.#kept.doesExist([tenant, collector, seq]);
  }

  /** A refused batch is kept whole. The same batch refused again is the same entry. */
  bury(batch: SealedBatch, reason: string): void {
    const { tenant, collector, seq, root } = batch.header;
    this.#dead.putSync([tenant, collector, String(seq), root], { batch, reason, at: Date.now() });
  }

  *dead(): Generator<DeadBatch> {
    for (const { value } of this.#dead.getRange()) yield value;
  }

  /** All that is remembered of a client, refused batches included: how many of those there were. */
  forget(tenant: TenantId): number {
    const own = { start: [tenant], end: [tenant, lastKey] };
    let dead = 0;
    this.#env.transactionSync(() => {
      for (const key of [...this.#heads.getKeys(own)]) this.#heads.removeSync(key);
      for (const key of [...this.#kept.getKeys(own)]) this.#kept.removeSync(key);
      for (const key of [...this.#dead.getKeys(own)]) {
        this.#dead.removeSync(key);
        dead += 1;
      }
      this.#merges.removeSync(tenant);
    });
    return dead;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#env.close();
  }
}
