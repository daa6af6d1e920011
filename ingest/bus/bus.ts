/** The one seam between one machine and many. Nothing else knows which bus is in use. */
import type { SealedBatch } from '../../core/types.ts';

/** One batch on the vault's side. Until it is acknowledged the bus keeps it and will deliver it again. */
export interface Delivery {
  readonly batch: SealedBatch;
  ack(): void;
}

export interface Bus {
  /** Resolves when the other side holds the batch for good. Batches of one stream arrive in the order sent. */
  send(batch: SealedBatch, signal: AbortSignal): Promise<void>;
  /** Ends when the signal is aborted. */
  receive(signal: AbortSignal): AsyncIterable<Delivery>;
}
