/**
 * The bus inside one process. It holds nothing of its own: a batch stays in the spool until the lander has acknowledged
 * it, so the spool itself is the queue and a kill loses nothing.
 */
import type { SealedBatch } from '../../core/types.ts';
import type { Bus, Delivery } from './bus.ts';

/** A batch for which there was no room among the dead letters stays in the spool and is tried again this often. */
const buryEveryMs = 5_000;

/** Where refused batches are kept. False: there is no room. */
export interface DeadLetters {
  bury(batch: SealedBatch, reason: string): boolean;
}

/** `onFull`: told of each batch that must wait for room. */
export function localBus(dead: DeadLetters, onFull: (batch: SealedBatch) => void = () => undefined): Bus {
  const queue: Delivery[] = [];
  let wake: (() => void) | undefined;

  return {
    send(batch: SealedBatch, signal: AbortSignal): Promise<void> {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const give = () => reject(signal.reason);
        signal.addEventListener('abort', give, { once: true });
        const ack = () => {
          signal.removeEventListener('abort', give);
          resolve();
        };
        const refuse = (reason: string) => {
          if (signal.aborted) return;
          if (dead.bury(batch, reason)) return ack();
          onFull(batch);
          setTimeout(refuse, buryEveryMs, reason).unref();
        };
        queue.push({ batch, lane: 'local', lease: 0, ack, refuse });
        wake?.();
      });
    },

    async *receive(signal: AbortSignal): AsyncGenerator<Delivery> {
      signal.addEventListener('abort', () => wake?.(), { once: true });
      while (!signal.aborted) {
        const delivery = queue.shift();
        if (delivery) yield delivery;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}
