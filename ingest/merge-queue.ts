/** One tenant's batches that wait to be landed, and which of them make the next merge. Pure: no clock, no store. */
import type { Instant, TenantId } from '../core/types.ts';
import type { Delivery } from './bus/bus.ts';
import type { Merge } from './land-log.ts';

/** A merge has at most this many rows, or one batch. */
export const mergeRowsMax = 20_000;

const nameOf = ({ collector, seq }: Merge[number]): string => `${collector}/${seq}`;

export const mergeOf = (deliveries: readonly Delivery[]): Merge =>
  deliveries.map(({ batch: { header } }) => ({ collector: header.collector, seq: header.seq }));

/** The same merge always has the same token, so that the store takes it once. */
export const tokenOf = (tenant: TenantId, merge: Merge): string =>
  merge.map(({ collector, seq }) => `${collector}/${tenant}/${seq}`).join(' ');

export class MergeQueue {
  readonly tenant: TenantId;
  #waiting: Delivery[] = [];
  #rows = 0;
  #since: Instant = 0;
  busy = false;

  constructor(tenant: TenantId) {
    this.tenant = tenant;
  }

  add(delivery: Delivery, now: Instant): void {
    if (this.#waiting.length === 0) this.#since = now;
    this.#waiting.push(delivery);
    this.#rows += delivery.batch.header.count;
  }

  /** Since when the oldest waits; `undefined` when none does. */
  get since(): Instant | undefined {
    return this.#waiting.length === 0 ? undefined : this.#since;
  }

  get full(): boolean {
    return this.#rows >= mergeRowsMax;
  }

  /**
   * The next merge: the interrupted one if there is such, else the oldest up to the limit. Of an interrupted merge
   * all must be here: the bus delivers again whatever was not acknowledged, so it is enough to wait.
   */
  take(interrupted: Merge | undefined, now: Instant): Delivery[] {
    const wanted = interrupted && new Set(interrupted.map(nameOf));
    const taken: Delivery[] = [];
    let rows = 0;
    for (const delivery of this.#waiting) {
      const { header } = delivery.batch;
      if (wanted ? !wanted.has(nameOf(header)) : rows >= mergeRowsMax) continue;
      taken.push(delivery);
      rows += header.count;
    }
    if (wanted && taken.length < wanted.size) return [];
    const gone = new Set(taken);
    this.#waiting = this.#waiting.filter((delivery) => !gone.has(delivery));
    this.#rows -= rows;
    this.#since = now;
    return taken;
  }
}
