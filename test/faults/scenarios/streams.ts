/** Streams of sealed batches without an edge, and whether each of their accesses lies in a store once. */

import { type SealedBatch, tenantId } from '../../../core/types.ts';
import type { Store } from '../../../store/index.ts';
import { Stream } from '../../helpers/stream.ts';
import { rowsOf } from '../../helpers/vault.ts';
import { type Counts, countsOf, Watch } from '../world/stored.ts';

const rowsOfBatch = 3;

export class Streams {
  readonly streams: readonly Stream[];
  written = 0;

  constructor(tenants: readonly string[], ofEach: number) {
    this.streams = tenants.flatMap((tenant) =>
      Array.from({ length: ofEach }, (_, n) => new Stream(`${tenant}${n}`, tenant)),
    );
  }

  /** The next batch of each, or of each of one client. */
  next(of?: string): SealedBatch[] {
    const streams = this.streams.filter(({ tenant }) => of === undefined || tenant === of);
    this.written += streams.length * rowsOfBatch;
    return streams.map((stream) => stream.next(rowsOfBatch));
  }

  async counts(store: Store): Promise<Counts> {
    const tenants = [...new Set(this.streams.map(({ tenant }) => tenant))];
    const counts = await countsOf((tenant, sql) => rowsOf(store, sql, tenantId(tenant)), tenants);
    if (!counts) throw new Error('the store answered without a row');
    return counts;
  }

  watch(store: Store): Watch {
    return new Watch(() => this.counts(store).catch(() => undefined));
  }

  /** At the end: what of it is not there, and what was twice at any moment. */
  async verdict(store: Store, watch: Watch) {
    const { accesses, doubled, doubledBatches } = await this.counts(store);
    return {
      written: this.written,
      lost: this.written - accesses,
      doubled: Math.max(doubled + doubledBatches, watch.worst.rows, watch.worst.batches),
      looks: watch.looks,
    };
  }
}
