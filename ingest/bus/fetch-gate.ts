/**
 * From which partitions is fetched: not from those of which enough is under way, and while records come fast not from those that were
 * empty a moment ago, until much lies there. What comes meanwhile waits at the broker, where it costs no memory, and comes together.
 * When there is too little room for all, they take turns, since a broker gives what stands first in a request first. Pure.
 */
import type { Instant } from '../../core/types.ts';
import { RecentMean } from '../recent-mean.ts';
import type { LeasedPartition } from './leased-partition.ts';

/** Handed on and not acknowledged. A partition stops being fetched at the first, all stop when all together are over the second. */
const partitionBytesMax = 4 * 1024 * 1024;
export const inFlightBytesMax = 12 * 1024 * 1024;
/** So much at the broker needs no more rest: a fetch brings no more of one partition. */
export const fetchBytesOfPartitionMax = 1024 * 1024;
/** What is in memory already is to be joined in time by what lies there, so that both make one merge. */
const restShareOfBegun = 2 / 3;
/** A round is over when those who had no turn bring nothing for so long: longer than a fetch waits. */
const turnMs = 1_000;

export class FetchGate {
  readonly #closed = new Set<string>();
  #isFull = false;
  /** Who had their turn. They wait until all others had theirs. */
  readonly #served = new Set<string>();
  /** `undefined`: there was room for all since the last round. */
  #roundUntil: Instant | undefined;
  readonly #bytesOfMessage = new RecentMean();

  /** A fetch brought so many messages of it, so large together. */
  fetched(name: string, messages: number, bytes: number, now: Instant): void {
    this.#bytesOfMessage.add(bytes / Math.max(1, messages));
    this.#served.add(name);
    if (this.#roundUntil !== undefined) this.#roundUntil = now + turnMs;
  }

  /** Of the partitions leased, those to pause and those to resume now. */
  turn(
    leases: ReadonlyMap<string, LeasedPartition>,
    now: Instant,
    restMs: number,
  ): { readonly pause: readonly string[]; readonly resume: readonly string[] } {
    let all = 0;
    for (const { bytes } of leases.values()) all += bytes;
    // Not at the first byte that leaves, so that what is fetched next is large again.
    const wasFull = this.#isFull;
    this.#isFull = all > (wasFull ? inFlightBytesMax / 2 : inFlightBytesMax);
    if (wasFull && !this.#isFull) this.#roundUntil = now + turnMs;
    const over =
      this.#roundUntil === undefined ? all <= inFlightBytesMax / 2 : !this.#isFull && now >= this.#roundUntil;
    if (over) this.#endRound();
    const pause: string[] = [];
    const resume: string[] = [];
    for (const [name, lease] of leases) {
      if (!lease.leased) continue;
      const isClosed = this.#closed.has(name);
      const bytesMax = isClosed ? partitionBytesMax / 2 + 1 : partitionBytesMax;
      const rests =
        lease.emptiedAt !== undefined &&
        now - lease.emptiedAt < restMs * (lease.empty ? 1 : restShareOfBegun) &&
        lease.waiting * this.#bytesOfMessage.value < fetchBytesOfPartitionMax;
      const hadTurn = this.#roundUntil !== undefined && this.#served.has(name);
      const close = now < lease.heldUntil || this.#isFull || rests || hadTurn || lease.bytes >= bytesMax;
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
    this.#endRound();
    return names;
  }

  #endRound(): void {
    this.#served.clear();
    this.#roundUntil = undefined;
  }

  get isOpen(): boolean {
    return this.#closed.size === 0;
  }
}
