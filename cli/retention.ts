/** How long each client's data is kept: what the directory says, unless a legal hold says for ever. */
import { eachAtOnce } from '../core/at-once.ts';
import type { Config } from '../core/config.ts';
import type { Directory } from '../core/directory/directory.ts';
import { Fault, isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { nearest } from '../core/nearest.ts';
import { forEver, longestOf, type Retention, sameRetention } from '../core/retention.ts';
import { type Instant, type TenantId, unattributed } from '../core/types.ts';
import { type KeepingEntry, keptNow, keptUnheld } from '../evidence/keeping.ts';
import type { Store } from '../store/index.ts';
import { markHeld } from '../store/reads/read-log.ts';
import type { KeptTables } from '../store/tenants.ts';
import { addKeeping, heldTenants, type KeepingConfig, keepingOf } from './keeping.ts';

const changesAtOnceMax = 4;

export interface Rules {
  readonly config: KeepingConfig & Pick<Config, 'file' | 'legal_hold'>;
  readonly directory: Pick<Directory, 'clients' | 'firm'>;
}

export interface RetentionChange {
  readonly tenant: TenantId;
  readonly from: Retention;
  readonly to: Retention;
  /** A legal hold has it so. */
  readonly held: boolean;
  /** The tables say something else; if not, it only has to be written down. */
  readonly tables: boolean;
}

/** What is told and written of keeping. */
export interface Told {
  readonly entries: readonly KeepingEntry[];
  readonly kept: ReadonlyMap<TenantId, KeptTables>;
}

export const isHeld = (
  { config }: Pick<Rules, 'config'>,
  entries: readonly KeepingEntry[],
  tenant: TenantId,
  now: Instant,
): boolean => config.legal_hold.includes(tenant) || heldTenants(entries, now).includes(tenant);

/** As the directory has it, whoever is held; `undefined`: the client is not in it. */
export function retentionOf({ directory }: Pick<Rules, 'directory'>, tenant: TenantId): Retention | undefined {
  return tenant === unattributed ? directory.firm.retention : directory.clients.get(tenant)?.retention;
}

/** A client that left the directory keeps what it had, unless it is held. Throws CONFIG_INVALID for a hold on nobody. */
export function retentionChanges(
  rules: Rules,
  tenants: readonly TenantId[],
  { entries, kept }: Told,
  now: Instant = Date.now(),
): RetentionChange[] {
  const { config } = rules;
  // A hold that is misspelt would hold nothing.
  const wrong = config.legal_hold.find((id) => !tenants.includes(id as TenantId));
  if (wrong !== undefined) {
    const near = nearest(wrong, tenants);
    throw new Fault(
      'CONFIG_INVALID',
      `${config.file}: legal_hold: there is no client \`${wrong}\`${near ? `; did you mean \`${near}\`?` : ''}`,
    );
  }
  return tenants.flatMap((tenant) => {
    const told = kept.get(tenant);
    if (!told) return [];
    const written = keptNow(entries, tenant);
    const held = isHeld(rules, entries, tenant, now);
    const left = written?.held === true ? keptUnheld(entries, tenant) : told.retention;
    const to = held ? forEver : (retentionOf(rules, tenant) ?? left ?? told.retention);
    const tables = !told.even || !sameRetention(told.retention, to);
    const from = written?.now ?? told.retention;
    if (!tables && sameRetention(from, to) && (written?.held ?? false) === held) return [];
    return [{ tenant, from, to, held, tables }];
  });
}

/** Tells the tables first: what they were told until then is what may have removed something. */
export async function applyRetention(
  rules: Rules & { readonly log: Log },
  store: Store,
  signal: AbortSignal,
  now: () => Instant = Date.now,
): Promise<readonly RetentionChange[]> {
  const { config, log } = rules;
  try {
    const told = { entries: await keepingOf(config, store, signal), kept: await store.tables.kept(signal) };
    const changes = retentionChanges(rules, store.tenants, told, now());
    markHeld(
      config.data,
      store.tenants.some((tenant) => isHeld(rules, told.entries, tenant, now())),
    );
    const due = changes.filter(({ tables }) => tables);
    await eachAtOnce(due, changesAtOnceMax, ({ tenant, to }) => store.tables.keep(tenant, to, signal));
    const keeps = new Map([...told.kept].map(([tenant, { retention }]) => [tenant, longestOf(retention)]));
    for (const { tenant, to } of changes) keeps.set(tenant, longestOf(to));
    await store.tables.keepFirm(keeps, signal);
    const acts = changes.map(({ tenant, from, to, held }) => ({
      op: 'retention' as const,
      tenant,
      was: from,
      now: to,
      held,
    }));
    if (acts.length > 0) await addKeeping(config, store, acts, now(), signal);
    return changes;
  } catch (error) {
    if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
    // Whom it held can no longer be known: nothing is kept shorter than it is.
    log.error({ fault: error.code, says: error.message }, 'nothing is changed of how long data is kept');
    return [];
  }
}

/** Looks whether a hold began or ended by its date, or was set elsewhere, and tells the tables then. */
export function holdKeeper(
  rules: Rules & { readonly log: Log },
  store: Store,
  now: () => Instant = Date.now,
): (signal: AbortSignal) => Promise<void> {
  let known: string | undefined;
  return async (signal) => {
    const held = heldTenants(await keepingOf(rules.config, store, signal), now()).join(' ');
    if (held !== known) await applyRetention(rules, store, signal, now);
    known = held;
  };
}
