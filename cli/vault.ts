/** The vault's parts put together: the store, the lander, and the registered keys of collectors. */
import type { KeyObject } from 'node:crypto';
import { isFault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import type { Bus } from '../ingest/bus/bus.ts';
import { type Landed, Lander } from '../ingest/land.ts';
import type { LandLog } from '../ingest/land-log.ts';
import { registeredKey } from '../ingest/signing-key.ts';
import type { Store } from '../store/index.ts';
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
    keyOf: rememberedKeys(config.data),
    log,
    ...(ageMs !== undefined && { ageMs }),
    ...(onLanded && { onLanded }),
  });
}

/** Keys are read once: a batch is checked every few milliseconds. Unregistered collectors are asked for again. */
function rememberedKeys(dataDir: string): (collector: string) => KeyObject | undefined {
  const keys = new Map<string, KeyObject>();
  return (collector) => {
    const known = keys.get(collector);
    if (known) return known;
    try {
      const key = registeredKey(dataDir, collector);
      keys.set(collector, key);
      return key;
    } catch (error) {
      if (isFault(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  };
}
