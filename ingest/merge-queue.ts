/** Batches of one lane that wait to be landed, and which of them make the next merge. Pure: no clock, no store. */
import type { BatchHeader, Instant } from '../core/types.ts';
import { type Delivery, heldBytes } from './bus/bus.ts';

/** A merge has at most this many rows, or one batch. */
export const mergeRowsMax = 20_000;
/** And at most so many sealed bytes as they are held, or one batch: it is in memory whole, unpacked too. */
export const mergeBytesMax = 8 * 1024 * 1024;

/** One batch by its name within a tenant. */
export type BatchName = Pick<BatchHeader, 'collector' | 'seq'>;

export const nameOf = ({ collector, seq }: BatchName): string => `${collector}/${seq}`;

export interface Load {
  readonly rows: number;
  /** Sealed, as they are held. */
  readonly bytes: number;
}

/** Of these deliveries beside what waits already. */
export const loadOf = (deliveries: readonly Delivery[], { rows, bytes }: Load): Load =>
  deliveries.reduce((sum, { batch: { header, value } }) => add(sum, header.count, heldBytes(value)), { rows, bytes });

const add = (sum: Load, rows: number, bytes: number): Load => ({ rows: sum.rows + rows, bytes: sum.bytes + bytes });

export class MergeQueue implements Load {
  #waiting: Delivery[] = [];
  readonly #names = new Set<string>();
  #rows = 0;
  #bytes = 0;
  #since: Instant = 0;

  add(delivery: Delivery, now: Instant): void {
    if (this.#waiting.length === 0) this.#since = delivery.since ?? now;
    this.#waiting.push(delivery);
    this.#count([delivery], 1);
  }

  /** Since when the oldest waits; `undefined` when none does. */
  get since(): Instant | undefined {
    return this.#waiting.length === 0 ? undefined : this.#since;
  }

  /** Since when the oldest waits, if that is long enough or there is enough for a merge. */
  dueSince(now: Instant, ageMs: number): Instant | undefined {
    const { since, full } = this;
    return since !== undefined && (full || now - since >= ageMs) ? since : undefined;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Sealed, as they are held. */
  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#rows >= mergeRowsMax || this.#bytes >= mergeBytesMax;
  }

  has(name: BatchName): boolean {
    return this.#names.has(nameOf(name));
  }

  /** The next merge: the oldest, up to the limits or this many. */
  take(now: Instant, batchesMax = Number.POSITIVE_INFINITY): readonly Delivery[] {
    let rows = 0;
    let bytes = 0;
    const end = this.#waiting.findIndex(({ batch }, index) => {
      rows += batch.header.count;
      bytes += heldBytes(batch.value);
      return index > 0 && (rows > mergeRowsMax || bytes > mergeBytesMax || index >= batchesMax);
    });
    const taken = this.#waiting.slice(0, end < 0 ? undefined : end);
    this.#waiting = this.#waiting.slice(taken.length);
    this.#count(taken, -1);
    this.#since = now;
    return taken;
  }

  /** Before all others, in this order: what was taken and comes again. */
  putBack(deliveries: readonly Delivery[], now: Instant): void {
    if (this.#waiting.length === 0) this.#since = now;
    this.#waiting = [...deliveries, ...this.#waiting];
    this.#count(deliveries, 1);
  }

  drain(): readonly Delivery[] {
    const all = this.#waiting;
    this.#waiting = [];
    this.#count(all, -1);
    return all;
  }

  #count(deliveries: readonly Delivery[], sign: 1 | -1): void {
    for (const { batch } of deliveries) {
      this.#rows += sign * batch.header.count;
      this.#bytes += sign * heldBytes(batch.value);
      if (sign > 0) this.#names.add(nameOf(batch.header));
      else this.#names.delete(nameOf(batch.header));
    }
  }
}
