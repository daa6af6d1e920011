/**
 * The bus inside one process. It holds nothing of its own: a batch stays in the spool until the lander has acknowledged
 * it, so the spool itself is the queue and a kill loses nothing.
 */
import type { SealedBatch } from '../../core/types.ts';
import type { Bus, Delivery } from './bus.ts';

export function localBus(): Bus {
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
        queue.push({ batch, ack });
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
