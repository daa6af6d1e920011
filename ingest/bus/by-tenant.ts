/** One bus out of several: each client's batches go by its own, and what comes from any of them is handed on. */
import type { TenantId } from '../../core/types.ts';
import type { Bus, Delivery } from './bus.ts';

type OpenBus = Bus & AsyncDisposable;

/** `shared`: of all that have none of their own in `own`. */
export function busByTenant(shared: OpenBus, own: ReadonlyMap<TenantId, OpenBus>): OpenBus {
  const all = [...new Set([shared, ...own.values()])];
  const bounds = all.flatMap(({ heldBytesMax }) => heldBytesMax ?? []);
  return {
    ...(bounds.length > 0 && { heldBytesMax: Math.min(...bounds) }),
    send: (batch, signal) => (own.get(batch.header.tenant) ?? shared).send(batch, signal),
    receive: (signal, restMs) => merged(all, signal, restMs),
    async [Symbol.asyncDispose]() {
      for (const bus of all) await bus[Symbol.asyncDispose]();
    },
  };
}

/** As they come, one of each bus waiting at most. Ends when all have ended; when one fails, the others are ended and it is thrown. */
async function* merged(
  buses: readonly Bus[],
  outer: AbortSignal,
  restMs: (() => number) | undefined,
): AsyncGenerator<Delivery> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const waiting: { readonly delivery: Delivery; readonly taken: () => void }[] = [];
  let failure: { readonly error: unknown } | undefined;
  let open = buses.length;
  let news: () => void = () => undefined;

  async function pump(bus: Bus): Promise<void> {
    try {
      for await (const delivery of bus.receive(signal, restMs)) {
        // Not handed on and not acknowledged, so it comes again.
        if (signal.aborted) break;
        await new Promise<void>((taken) => {
          waiting.push({ delivery, taken });
          news();
        });
      }
    } catch (error) {
      failure ??= { error };
    }
    open -= 1;
    news();
  }

  const pumps = buses.map(pump);
  try {
    while (!failure && (open > 0 || waiting.length > 0)) {
      const next = waiting.shift();
      if (next) {
        try {
          yield next.delivery;
        } finally {
          next.taken();
        }
      } else
        await new Promise<void>((resolve) => {
          news = resolve;
        });
    }
    if (failure) throw failure.error;
  } finally {
    stop.abort();
    for (const { taken } of waiting.splice(0)) taken();
    await Promise.all(pumps);
  }
}
