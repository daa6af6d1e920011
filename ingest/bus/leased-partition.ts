/**
 * What one consumer has of one partition: the offsets it handed on and that are not acknowledged, and how much it knows to lie there
 * still. Pure, so that what may be committed when, over rebalances and late acknowledgements, fits in a table of cases.
 */
import type { Instant } from '../../core/types.ts';

export class LeasedPartition {
  /** Offset → bytes. Kept over a rebalance, because what was handed on is still under way. */
  readonly #outstanding = new Map<number, number>();
  #bytes = 0;
  /** Of this lease: the first offset fetched, the one after the last, what was committed. */
  #first: number | undefined;
  #next = 0;
  #committed = -1;
  /** Where fetching goes on, as far as is known; the offset after the last that lies there, and when that was looked up. */
  #position: number | undefined;
  #end: number | undefined;
  #lookedAt: Instant = 0;
  #emptiedAt: Instant | undefined;
  leased = false;
  /** Until then nothing is fetched of it: what lies there next cannot be read. */
  heldUntil: Instant = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#outstanding.size === 0;
  }

  /** When nothing more lay there, last. `undefined`: that is not known of this lease. */
  get emptiedAt(): Instant | undefined {
    return this.#emptiedAt;
  }

  /** Messages known to lie there, not fetched yet. */
  get waiting(): number {
    return this.#position === undefined || this.#end === undefined ? 0 : Math.max(0, this.#end - this.#position);
  }

  /** Fetching begins anew at whatever is committed, and only this may be committed from now on. */
  lease(): void {
    this.leased = true;
    this.#emptiedAt = undefined;
    this.heldUntil = 0;
    this.#first = undefined;
    this.#committed = -1;
    this.#position = undefined;
    this.#end = undefined;
  }

  /** Another consumer may have it now: nothing of it may be committed by us. */
  revoke(): void {
    this.leased = false;
    this.#first = undefined;
  }

  /** False for what is under way since before a rebalance: its first acknowledgement will do. */
  admit(offset: number, bytes: number): boolean {
    this.#first ??= offset;
    this.#next = offset + 1;
    if (this.#outstanding.has(offset)) return false;
    this.#outstanding.set(offset, bytes);
    this.#bytes += bytes;
    return true;
  }

  /** A fetch brought everything before `position`, of a partition that goes to `end`. False: it left something there. */
  fetched(position: number, end: number, now: Instant): boolean {
    this.#position = position;
    if (position >= end) this.#emptiedAt = now;
    return position >= end;
  }

  /**
   * The partition was looked at and ends here; gives how many messages came since it was looked at last. `wouldHaveCome`: what lay
   * there at that time would have been fetched meanwhile.
   */
  looked(end: number, now: Instant, wouldHaveCome: boolean): number {
    const before = this.#end;
    if (this.#position === undefined && before !== undefined && wouldHaveCome) {
      this.#position = before;
      this.#emptiedAt = this.#lookedAt;
    }
    this.#end = end;
    this.#lookedAt = now;
    if (this.#position !== undefined && this.#position >= end) this.#emptiedAt = now;
    return before === undefined ? 0 : Math.max(0, end - before);
  }

  done(offset: number): void {
    this.#bytes -= this.#outstanding.get(offset) ?? 0;
    this.#outstanding.delete(offset);
  }

  /** The offset up to which everything of this lease is acknowledged, if that is news. */
  get committable(): number | undefined {
    const first = this.#first;
    if (!this.leased || first === undefined) return undefined;
    let lowest = this.#next;
    for (const offset of this.#outstanding.keys()) if (offset >= first && offset < lowest) lowest = offset;
    return lowest > this.#committed && lowest > first ? lowest : undefined;
  }

  committed(offset: number): void {
    this.#committed = offset;
  }
}
