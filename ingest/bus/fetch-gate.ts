/**
 * From which partitions is fetched: not from those of which enough is under way, and while records come fast not from those that a
 * fetch emptied a moment ago. What comes meanwhile waits at the broker, where it costs no memory, and comes together. Pure.
 */
import type { Instant } from '../../core/types.ts';
import type { LeasedPartition } from './leased-partition.ts';

/** Handed on and not acknowledged. A partition stops being fetched at the first, all stop when all together are over the second. */
const partitionBytesMax = 4 * 1024 * 1024;
const inFlightBytesMax = 32 * 1024 * 1024;

export class FetchGate {
  readonly #closed = new Set<string>();
  #isFull = false;

  /** Of the partitions leased, those to pause and those to resume now. */
  turn(
    leases: ReadonlyMap<string, LeasedPartition>,
    now: Instant,
    restMs: number,
  ): { readonly pause: readonly string[]; readonly resume: readonly string[] } {
    let all = 0;
    for (const { bytes } of leases.values()) all += bytes;
    // Not at the first byte that leaves, so that what is fetched next is large again.
    this.#isFull = all > (this.#isFull ? inFlightBytesMax / 2 : inFlightBytesMax);
    const pause: string[] = [];
    const resume: string[] = [];
    for (const [name, lease] of leases) {
      if (!lease.leased) continue;
      const isClosed = this.#closed.has(name);
      const bytesMax = isClosed ? partitionBytesMax / 2 + 1 : partitionBytesMax;
      const rests = lease.emptiedAt !== undefined && now - lease.emptiedAt < restMs;
      const close = this.#isFull || rests || lease.bytes >= bytesMax;
      if (close === isClosed) continue;
      (close ? pause : resume).push(name);
      if (close) this.#closed.add(name);
      else this.#closed.delete(name);
    }
    return { pause, resume };
  }

  /** Forgets everything; gives the partitions that were paused. */
  open(): readonly string[] {
    const names = [...this.#closed];
    this.#closed.clear();
    this.#isFull = false;
    return names;
  }

  get isOpen(): boolean {
    return this.#closed.size === 0;
  }
}
