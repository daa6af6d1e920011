/** The vault's parts put together: the store, the lander, and the registered keys of collectors. */
import type { Bus } from '../ingest/bus/bus.ts';
import { acceptedKeys } from '../ingest/keys/collectors.ts';
import { Lander, type LanderDeps } from '../ingest/land.ts';
import type { LandLog } from '../ingest/land-log.ts';
import type { Store } from '../store/index.ts';
import { storeLanding } from '../store/landing.ts';
import type { Context } from './context.ts';
import { openerOf } from './keyring.ts';

export function openLander(
  context: Context,
  parts: { bus: Bus; store: Store; landLog: LandLog } & Pick<LanderDeps, 'ageMs' | 'onLanded' | 'onRefused'>,
): Lander {
  const { config, log } = context;
  const { store, ...rest } = parts;
  return new Lander({
    ...rest,
    store: storeLanding(store),
    keysOf: acceptedKeys(config.data),
    opener: openerOf(context),
    log,
  });
}
