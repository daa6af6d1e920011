/**
 * What the lander must remember to land once only: how far each stream has landed, which merge is under way in each
 * tenant (a retry must be the same merge under the same token), and the batches it refused, with the reason.
 */
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { firstPrev } from '../core/batch.ts';
import type { Instant, SealedBatch, TenantId } from '../core/types.ts';
import type { StreamHead } from './seal.ts';

/** One insert: these batches of these streams, in this order. */
export type Merge = readonly { readonly collector: string; readonly seq: number }[];

export interface DeadBatch {
  readonly batch: SealedBatch;
  readonly reason: string;
  readonly at: Instant;
}

export class LandLog {
  readonly #env: RootDatabase;
  readonly #heads: Database<StreamHead, string[]>;
  readonly #merges: Database<Merge, string>;
  readonly #dead: Database<DeadBatch, string[]>;

  constructor(dataDir: string) {
    this.#env = open({ path: join(dataDir, 'land'), maxDbs: 8, overlappingSync: false });
    this.#heads = this.#env.openDB({ name: 'heads' });
    this.#merges = this.#env.openDB({ name: 'merges' });
    this.#dead = this.#env.openDB({ name: 'dead' });
  }

  head(collector: string, tenant: TenantId): StreamHead {
    return this.#heads.get([tenant, collector]) ?? { seq: 0, prev: firstPrev };
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
  finish(tenant: TenantId, heads: ReadonlyMap<string, StreamHead>): void {
    this.#env.transactionSync(() => {
      for (const [collector, head] of heads) this.#heads.putSync([tenant, collector], head);
      this.#merges.removeSync(tenant);
    });
  }

  /** A refused batch is kept whole. The same batch refused again is the same entry. */
  bury(batch: SealedBatch, reason: string): void {
    const { tenant, collector, seq, root } = batch.header;
    this.#dead.putSync([tenant, collector, String(seq), root], { batch, reason, at: Date.now() });
  }

  *dead(): Generator<DeadBatch> {
    for (const { value } of this.#dead.getRange()) yield value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#env.close();
  }
}
