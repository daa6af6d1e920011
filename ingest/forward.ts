/** Hands what waits in the spool to the bus, in order, and removes what the bus has acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { SealedBatch } from '../core/types.ts';
import { type Bus, heldBytes } from './bus/bus.ts';
import type { Spool } from './spool.ts';

/** Sent and not yet acknowledged; what is over waits in the spool, on disk. */
const inFlightBytesMax = 64 * 1024 * 1024;
/** Read from the spool at a time. */
const window = 64;
const idleMs = 20;
/** Acknowledged batches are removed together, since each removal is a commit. */
const removeEveryMs = 50;
const retryMsMax = 30_000;
/** On a full disk even a removal needs room. */
const restMs = 1_000;

export class Forwarder {
  readonly #spool: Spool;
  readonly #bus: Bus;
  readonly #log: Log;
  #acknowledged: number[] = [];
  #inFlightBytes = 0;
  #restUntil = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor({ spool, bus, log }: { spool: Spool; bus: Bus; log: Log }) {
    this.#spool = spool;
    this.#bus = bus;
    this.#log = log;
  }

  /** Runs until aborted. Throws what the bus refused for good. */
  async run(signal: AbortSignal): Promise<void> {
    let next = 0;
    let removedAt = performance.now();
    while (!signal.aborted) {
      if (this.#failure) throw this.#failure.error;
      const before = next;
      if (this.#inFlightBytes < inFlightBytesMax) {
        for (const { place, batch } of this.#spool.waiting(next, window)) {
          next = place + 1;
          void this.#send(place, batch, signal);
        }
      }
      if (performance.now() - removedAt >= removeEveryMs) {
        this.#removeAcknowledged();
        removedAt = performance.now();
      }
      // Even when there is more, others must get a turn between two reads of the spool.
      await sleep(next > before ? 0 : idleMs, undefined, { signal }).catch(() => undefined);
    }
    this.#removeAcknowledged();
  }

  /** Resolves when everything in the spool was acknowledged and removed. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#spool.waitingBytes > 0) await sleep(idleMs, undefined, { signal });
  }

  #removeAcknowledged(): void {
    if (this.#acknowledged.length === 0 || performance.now() < this.#restUntil) return;
    const places = this.#acknowledged;
    try {
      this.#spool.remove(places);
      this.#acknowledged = this.#acknowledged.slice(places.length);
    } catch (error) {
      // They are with the bus, and wait to be removed; a restart meanwhile sends them once more, under their numbers.
      if (!isFault(error, 'SPOOL_FULL')) throw error;
      this.#log.warn(
        { code: error.code, batches: places.length, ...error.about },
        'no room to remove what the bus has, will retry',
      );
      this.#restUntil = performance.now() + restMs;
    }
  }

  async #send(place: number, batch: SealedBatch, signal: AbortSignal): Promise<void> {
    const bytes = heldBytes(batch.value);
    this.#inFlightBytes += bytes;
    try {
      await this.#sendUntilTaken(batch, signal);
      this.#acknowledged.push(place);
    } catch (error) {
      if (!signal.aborted) this.#failure = { error };
    } finally {
      this.#inFlightBytes -= bytes;
    }
  }

  async #sendUntilTaken(batch: SealedBatch, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#bus.send(batch, signal);
      } catch (error) {
        if (signal.aborted || !isFault(error) || !error.retry) throw error;
        const waitMs = Math.min(retryMsMax, 100 * 2 ** Math.min(attempt, 12));
        this.#log.warn({ code: error.code, attempt, waitMs, ...error.about }, 'the bus took no batch, will retry');
        await sleep(waitMs, undefined, { signal });
      }
    }
  }
}
