/**
 * What one consumer has of one partition: the offsets it handed on and that are not acknowledged. Pure, so that what may
 * be committed when, over rebalances and late acknowledgements, fits in a table of cases.
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
  leased = false;
  /** When a fetch of this lease last brought all that was there. */
  emptiedAt: Instant | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#outstanding.size === 0;
  }

  /** Fetching begins anew at whatever is committed, and only this may be committed from now on. */
  lease(): void {
    this.leased = true;
    this.emptiedAt = undefined;
    this.#first = undefined;
    this.#committed = -1;
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
