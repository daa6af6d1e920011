/** From where to where a client is to move: what the configuration says, against where it lies and how far an earlier try came. */
import { Fault } from '../core/errors.ts';
import type { TenantsConfig } from '../core/tenants-config.ts';
import type { TenantId } from '../core/types.ts';
import { addressOf, elsewhereOf, isSameAddress, type ServerAddress } from '../store/elsewhere.ts';
import { openStore, type Store } from '../store/index.ts';
import { type Move, moveOf } from '../store/moving.ts';
import { openSite } from '../store/server/open.ts';
import { hasDisk } from '../store/tenant-keys.ts';
import type { Context } from './context.ts';

/** A server of the client's own, or `undefined`: the store of all clients. */
type Place = ServerAddress | undefined;

export interface Plan {
  readonly tenant: TenantId;
  readonly from: Place;
  readonly to: Place;
  /** An earlier try that was cut off. */
  readonly begun: Move | undefined;
  /** The configuration was put back before anything was removed: what was begun is undone. */
  readonly back: boolean;
}

export const placeText = (place: Place): string =>
  place === undefined ? 'the store of all clients' : new URL(place.url).origin;

/** `undefined`: the client is where the configuration says, as far as is known. Throws USAGE when another move is to be finished first. */
export function planOf({ config }: Context, tenant: TenantId): Plan | undefined {
  const own = config.tenants.get(tenant)?.store;
  const to = own && addressOf(own);
  const begun = moveOf(config.data, tenant);
  if (begun && isSameAddress(begun.to, to)) return { tenant, from: begun.from, to, begun, back: false };
  if (begun && isSameAddress(begun.from, to) && begun.step === 'copying')
    return { tenant, from: to, to: begun.to, begun, back: true };
  if (begun)
    throw new Fault(
      'USAGE',
      `${tenant} is on its way from ${placeText(begun.from)} to ${placeText(begun.to)}, since ${begun.begun}; let \`tenants:\` in ${config.file} say so and finish that first`,
    );
  const known = elsewhereOf(config.data, tenant);
  if (known && !isSameAddress(known, to)) return { tenant, from: known, to, begun, back: false };
  const here = config.store !== 'embedded' || hasDisk(config.data, tenant);
  return to !== undefined && here ? { tenant, from: undefined, to, begun, back: false } : undefined;
}

interface Opening {
  readonly mode: 'own' | 'attach';
  /** Tables of the client where there are none. */
  readonly makes: boolean;
}

/** One end, with this client in it whatever the configuration says. */
export function openEnd(
  context: Context,
  { tenant, place }: { readonly tenant: TenantId; readonly place: Place },
  { mode, makes }: Opening,
  signal: AbortSignal,
): Promise<Store> {
  const { config, log } = context;
  const common = { dataDir: config.data, log, signal, mode, moving: { tenant, makes } };
  if (place !== undefined) return openSite(place, common);
  const here = { store: config.store, tenants: withoutStore(config.tenants, tenant) };
  return openStore({ ...common, config: here, tenants: [], withSites: false });
}

function withoutStore(tenants: TenantsConfig, tenant: TenantId): TenantsConfig {
  const own = tenants.get(tenant);
  return own ? new Map([...tenants, [tenant, { ...own, store: undefined }]]) : tenants;
}
