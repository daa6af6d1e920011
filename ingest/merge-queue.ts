/** One tenant's batches that wait to be landed, and which of them make the next merge. Pure: no clock, no store. */
import type { Instant, TenantId } from '../core/types.ts';
import type { Delivery } from './bus/bus.ts';
import type { BatchName, Merge } from './land-log.ts';

/** A merge has at most this many rows, or one batch. */
export const mergeRowsMax = 20_000;
/** And at most so many sealed bytes, or one batch: it is in memory whole, unpacked too. */
export const mergeBytesMax = 8 * 1024 * 1024;

const nameOf = ({ collector, seq }: BatchName): string => `${collector}/${seq}`;

export const mergeOf = (deliveries: readonly Delivery[]): Merge =>
  deliveries.map(({ batch: { header } }) => ({ collector: header.collector, seq: header.seq }));

/** The same merge always has the same token, so that the store takes it once. */
export const tokenOf = (tenant: TenantId, merge: Merge): string =>
  merge.map(({ collector, seq }) => `${collector}/${tenant}/${seq}`).join(' ');

export class MergeQueue {
  readonly tenant: TenantId;
  #waiting: Delivery[] = [];
  #rows = 0;
  #bytes = 0;
  #since: Instant = 0;
  busy = false;

  constructor(tenant: TenantId) {
    this.tenant = tenant;
  }

  add(delivery: Delivery, now: Instant): void {
    if (this.#waiting.length === 0) this.#since = now;
    this.#waiting.push(delivery);
    this.#count([delivery], 1);
  }

  /** Since when the oldest waits; `undefined` when none does. */
  get since(): Instant | undefined {
    return this.#waiting.length === 0 ? undefined : this.#since;
  }

  get full(): boolean {
    return this.#rows >= mergeRowsMax || this.#bytes >= mergeBytesMax;
  }

  /**
   * The next merge: the interrupted one if there is such, else the oldest up to the limits. Of an interrupted merge
   * all must be here: the bus delivers again whatever was not acknowledged, so it is enough to wait.
   */
  take(interrupted: Merge | undefined, now: Instant): readonly Delivery[] {
    const deliveries = interrupted ? this.#these(interrupted) : this.#oldest();
    const gone = new Set(deliveries);
    this.#waiting = this.#waiting.filter((delivery) => !gone.has(delivery));
    this.#count(deliveries, -1);
    this.#since = now;
    return deliveries;
  }

  #these(merge: Merge): Delivery[] {
    const wanted = new Set(merge.map(nameOf));
    const found = this.#waiting.filter(({ batch }) => wanted.has(nameOf(batch.header)));
    return found.length < wanted.size ? [] : found;
  }

  #oldest(): Delivery[] {
    let rows = 0;
    let bytes = 0;
    const end = this.#waiting.findIndex(({ batch }, index) => {
      rows += batch.header.count;
      bytes += batch.value.length;
      return index > 0 && (rows > mergeRowsMax || bytes > mergeBytesMax);
    });
    return end < 0 ? [...this.#waiting] : this.#waiting.slice(0, end);
  }

  #count(deliveries: readonly Delivery[], sign: 1 | -1): void {
    for (const { batch } of deliveries) {
      this.#rows += sign * batch.header.count;
      this.#bytes += sign * batch.value.length;
    }
  }
}
