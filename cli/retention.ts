/** How long each client's data is kept: what the directory says, unless a legal hold says for ever. */
import { eachAtOnce } from '../core/at-once.ts';
import type { Config } from '../core/config.ts';
import type { Directory } from '../core/directory/directory.ts';
import { Fault } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { TenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';

const changesAtOnceMax = 4;

export interface Rules {
  readonly config: Pick<Config, 'file' | 'legal_hold'>;
  readonly directory: Pick<Directory, 'clients'>;
}

export interface RetentionChange {
  readonly tenant: TenantId;
  /** Days; `undefined`: for ever. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** Days; `undefined`: for ever. */
export function retentionOf({ config, directory }: Rules, tenant: TenantId): number | undefined {
  return config.legal_hold.includes(tenant) ? undefined : directory.clients.get(tenant)?.retentionDays;
}

/** A client that left the directory keeps what it had, unless it is held. Throws CONFIG_INVALID for a hold on nobody. */
export function retentionChanges(
  rules: Rules,
  tenants: readonly TenantId[],
  kept: ReadonlyMap<TenantId, number | undefined>,
): RetentionChange[] {
  const { config, directory } = rules;
  // A hold that is misspelt would hold nothing.
  const wrong = config.legal_hold.find((id) => !tenants.includes(id as TenantId));
  if (wrong !== undefined) {
    const near = nearest(wrong, tenants);
    throw new Fault(
      'CONFIG_INVALID',
      `${config.file}: legal_hold: there is no client \`${wrong}\`${near ? `; did you mean \`${near}\`?` : ''}`,
    );
  }
  return tenants
    .filter((tenant) => kept.has(tenant) && (directory.clients.has(tenant) || config.legal_hold.includes(tenant)))
    .map((tenant) => ({ tenant, from: kept.get(tenant), to: retentionOf(rules, tenant) }))
    .filter(({ from, to }) => from !== to);
}

export async function applyRetention(
  rules: Rules,
  store: Store,
  signal: AbortSignal,
): Promise<readonly RetentionChange[]> {
  const changes = retentionChanges(rules, store.tenants, await store.tables.kept(signal));
  await eachAtOnce(changes, changesAtOnceMax, ({ tenant, to }) => store.tables.keep(tenant, to, signal));
  return changes;
}
