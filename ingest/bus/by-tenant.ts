/** One bus out of several: each client's batches go by its own, and what comes from any of them is handed on. */
import type { TenantId } from '../../core/types.ts';
import type { Bus, Delivery, Reception } from './bus.ts';

type OpenBus = Bus & AsyncDisposable;

/** `shared`: of all that have none of their own in `own`. */
export function busByTenant(shared: OpenBus, own: ReadonlyMap<TenantId, OpenBus>): OpenBus {
  const all = [...new Set([shared, ...own.values()])];
  const bounds = all.flatMap(({ heldBytesMax }) => heldBytesMax ?? []);
  return {
    ...(bounds.length > 0 && { heldBytesMax: Math.min(...bounds) }),
    send: (batch, signal) => (own.get(batch.header.tenant) ?? shared).send(batch, signal),
    receive: (signal, reception) => merged(all, signal, reception),
    async [Symbol.asyncDispose]() {
      for (const bus of all) await bus[Symbol.asyncDispose]();
    },
  };
}

/** As they come, one of each bus waiting at most. Ends when all have ended; when one fails, the others are ended and it is thrown. */
async function* merged(
  buses: readonly Bus[],
  outer: AbortSignal,
  reception: Reception | undefined,
): AsyncGenerator<Delivery> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const waiting: { readonly delivery: Delivery; readonly taken: () => void }[] = [];
  let failure: { readonly error: unknown } | undefined;
  let open = buses.length;
  const lanesOf = new Map<Bus, number>();
  let news: () => void = () => undefined;

  async function pump(bus: Bus): Promise<void> {
    const part: Reception | undefined = reception && {
      restMs: () => reception.restMs(),
      onCame: (batches, lanes) => {
        lanesOf.set(bus, lanes);
        let all = 0;
        for (const one of lanesOf.values()) all += one;
        reception.onCame(batches, all);
      },
    };
    try {
      for await (const delivery of bus.receive(signal, part)) {
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
