/** The vault's parts put together: the store, the lander, and the registered keys of collectors. */
import { Fault, isFault } from '../core/errors.ts';
import type { BatchHeader, Instant, TenantId } from '../core/types.ts';
import type { Bus } from '../ingest/bus/bus.ts';
import { acceptedKeys } from '../ingest/keys/collectors.ts';
import { type Landed, Lander, type LanderDeps } from '../ingest/land.ts';
import type { LandLog } from '../ingest/land-log.ts';
import type { Store } from '../store/index.ts';
import { presentAccesses, presentBatches } from '../store/queries/present-of-merge.ts';
import { run } from '../store/query.ts';
import type { Context } from './context.ts';

export function openLander(
  { config, log }: Context,
  parts: { bus: Bus; store: Store; landLog: LandLog; ageMs?: number; onLanded?: (landed: Landed) => void },
): Lander {
  const { bus, store, landLog, ageMs, onLanded } = parts;
  // The store's, not the directory's: of a client that has left, batches may still wait in the spool.
  const known = new Set<TenantId>(store.tenants);
  return new Lander({
    bus,
    landLog,
    clientOf: (tenant) => (known.has(tenant) ? store.client('land', tenant) : undefined),
    presentOf: presentIn(store),
    keyOf: acceptedKeys(config.data),
    log,
    ...(ageMs !== undefined && { ageMs }),
    ...(onLanded && { onLanded }),
  });
}

/** Asked as the tenant's reader: whoever lands may write and nothing else. */
export function presentIn(store: Store): LanderDeps['presentOf'] {
  return async (tenant, headers, signal) => {
    const db = store.client('read', tenant);
    const these = { collectors: headers.map(({ collector }) => collector), seqs: headers.map(({ seq }) => seq) };
    const batches = new Set<string>();
    const accesses = new Set<string>();
    try {
      for await (const { collector, seq } of run(db, presentBatches, these, signal)) batches.add(`${collector}/${seq}`);
      for await (const { collector, seq, index } of run(db, presentAccesses, { ...these, ...timesOf(headers) }, signal))
        accesses.add(`${collector}/${seq}/${index}`);
    } catch (error) {
      // A question that was not answered says nothing of the batches it was about.
      if (!isFault(error, 'STORE_REFUSED')) throw error;
      throw new Fault('STORE_UNREACHABLE', error.message, error.about, error);
    }
    return { batches, accesses };
  };
}

/** From the earliest to the latest access; always, where a header's times are none. */
function timesOf(headers: readonly BatchHeader[]): { from: Instant; until: Instant } {
  const times = headers.flatMap(({ from, until }) => [Date.parse(from), Date.parse(until)]);
  if (times.some(Number.isNaN)) return { from: 0, until: Date.UTC(2300, 0, 1) };
  return { from: Math.min(...times), until: Math.max(...times) };
}
