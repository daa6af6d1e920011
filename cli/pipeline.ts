/** Spool → bus → lander, running beside whatever fills the spool. */
import { setMaxListeners } from 'node:events';
import type { Bus } from '../ingest/bus/bus.ts';
import { localBus } from '../ingest/bus/local.ts';
import { Forwarder } from '../ingest/forward.ts';
import type { Landed, Lander } from '../ingest/land.ts';
import { LandLog } from '../ingest/land-log.ts';
import { Spool } from '../ingest/spool.ts';
import type { Store } from '../store/index.ts';
import type { Context } from './context.ts';
import { openLander } from './vault.ts';

export interface Pipeline extends AsyncDisposable {
  readonly spool: Spool;
  readonly lander: Lander;
  /** Resolves when all that is in the spool has landed. Throws what stopped the pipeline. */
  drained(signal: AbortSignal): Promise<void>;
  /** Rejects when the pipeline has failed; never resolves. */
  readonly failed: Promise<never>;
}

export function startPipeline(
  context: Context,
  { store, ageMs, onLanded }: { store: Store; ageMs?: number; onLanded?: (landed: Landed) => void },
): Pipeline {
  const { config, log } = context;
  const spool = new Spool(config.data);
  const landLog = new LandLog(config.data);
  const bus: Bus = localBus();
  const forwarder = new Forwarder({ spool, bus, log });
  const lander = openLander(context, {
    bus,
    store,
    landLog,
    ...(ageMs !== undefined && { ageMs }),
    ...(onLanded && { onLanded }),
  });
  const stop = new AbortController();
  // Every batch under way listens for the stop; their number is bounded by the forwarder.
  setMaxListeners(0, stop.signal);
  const parts = [forwarder.run(stop.signal), lander.run(stop.signal)];
  const failed = new Promise<never>((_, reject) => Promise.all(parts).catch(reject));
  // Whoever waits for `drained` or `failed` hears of it; nobody else need.
  failed.catch(() => undefined);

  return {
    spool,
    lander,
    failed,
    async drained(signal) {
      lander.hurry();
      // Also told when the pipeline is closed: after a failure nobody would ever empty the spool.
      await Promise.race([forwarder.drained(AbortSignal.any([signal, stop.signal])), failed]);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      // Both: one may have failed while the other still writes.
      await Promise.allSettled(parts);
      await spool[Symbol.asyncDispose]();
      await landLog[Symbol.asyncDispose]();
    },
  };
}
