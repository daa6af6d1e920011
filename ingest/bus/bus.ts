/** The one seam between one machine and many. Nothing else knows which bus is in use. */
import type { Instant, SealedBatch } from '../../core/types.ts';

/** One batch on the vault's side. Until it is acknowledged or refused the bus keeps it and will deliver it again. */
export interface Delivery {
  readonly batch: SealedBatch;
  /** What comes by one lane of a tenant comes in order: a partition of its topic. */
  readonly lane: string;
  /** Rises whenever another lander may have had the lane in between. */
  readonly lease: number;
  /** Since when it may have waited on the bus; `undefined`: it has just come. */
  readonly since?: Instant;
  ack(): void;
  /** It cannot land as it is: it becomes a dead letter with this reason, and only then the bus may forget it. */
  refuse(reason: string): void;
}

/** Headers, names and whoever waits for it: 2.2 KB of heap a batch, measured. */
const besideBytes = 2_200;

/** What a batch takes of memory on its way: in a quiet hour batches are small and many, and their values the least of it. */
export const heldBytes = (value: Buffer): number => value.length + besideBytes;

/** How whoever receives would have it, and what it is told besides. */
export interface Reception {
  /**
   * How long, as things are, what comes may be left where it is, so that more of a lane comes together, in milliseconds; 0: not at all.
   * Not every bus can leave anything.
   */
  restMs(): number;
  /**
   * So many batches came to the bus since it said so last, most of which may still lie there; and on so many lanes something lies or is
   * under way. A bus that leaves nothing does not say.
   */
  onCame(batches: number, lanes: number): void;
}

export interface Bus {
  /** Handed over and not acknowledged, as held: it hands over no more. `undefined`: whoever sends bounds it. */
  readonly heldBytesMax?: number;
  /** Resolves when the other side holds the batch for good. Batches of one stream arrive in the order sent. */
  send(batch: SealedBatch, signal: AbortSignal): Promise<void>;
  /** Ends when the signal is aborted. */
  receive(signal: AbortSignal, reception?: Reception): AsyncIterable<Delivery>;
}
