/** Batches that were just put into the spool: whoever hands them on need not read, check and copy them from there. */
import type { SealedBatch } from '../core/types.ts';
import { heldBytes } from './bus/bus.ts';

/** About two flushes of a backlog. What is over is read from the disk. */
const bytesMax = 32 * 1024 * 1024;

export class RecentBatches {
  readonly #batches = new Map<number, SealedBatch>();
  #bytes = 0;

  /** `place`: the first one's in the queue. */
  add(place: number, batches: readonly SealedBatch[]): void {
    for (const [index, batch] of batches.entries()) {
      const bytes = heldBytes(batch.value);
      if (this.#bytes + bytes > bytesMax) return;
      this.#batches.set(place + index, batch);
      this.#bytes += bytes;
    }
  }

  /** And forgets it. `undefined`: it is not here. */
  take(place: number): SealedBatch | undefined {
    const batch = this.#batches.get(place);
    if (batch && this.#batches.delete(place)) this.#bytes -= heldBytes(batch.value);
    return batch;
  }
}
