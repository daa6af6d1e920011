/** The log of keeping (evidence/keeping.ts) where it lies: in the firm's database, and at the witness of the checkpoints. */
import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../core/config.ts';
import { Fault } from '../core/errors.ts';
import { byDays, type Expiry, lastGone } from '../core/retention.ts';
import { isoOf } from '../core/time.ts';
import { type AccessClass, type Instant, type TenantId, tenantId } from '../core/types.ts';
import type { SignedCheckpoint } from '../evidence/checkpoint.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import {
  goneBy,
  type Hold,
  holdsIn,
  inForce,
  type KeepingAct,
  type KeepingEntry,
  type PastAct,
  readKeeping,
  signKeeping,
} from '../evidence/keeping.ts';
import { objectOf } from '../evidence/verify-report.ts';
import { addLines, linesOf } from '../evidence/witness-lines.ts';
import type { Store } from '../store/index.ts';
import { auditStreams } from '../store/queries/audit.ts';
import { keepingEntries, saveKeeping } from '../store/queries/keeping.ts';
import { all } from '../store/query.ts';

const dayMs = 86_400_000;
/** All that the store can hold. */
const always = { from: Date.UTC(1900, 0, 1), until: Date.UTC(2299, 11, 31) };
/** Beside the clients' files; no client's id begins so. */
const witnessFile = '_keeping.ndjson';

export type KeepingConfig = Pick<Config, 'data' | 'checkpoints'>;

/** Throws EVIDENCE_BROKEN when it is not whole, or the witness has an entry that it has not. */
export async function keepingOf(config: KeepingConfig, store: Store, signal: AbortSignal): Promise<KeepingEntry[]> {
  const rows = await keepingEntries(store.firm('read'), signal);
  const entries = readKeeping(rows, createPublicKey(vaultKey(config.data)));
  const here = new Set(rows.map(({ block }) => block));
  const gone = witnessed(config).find(({ block }) => !here.has(block));
  if (gone)
    throw new Fault(
      'EVIDENCE_BROKEN',
      `the log of legal holds and retention is not whole: the witness has entry ${objectOf(gone.block)?.['n']}, and the store has not; \`cordon restore\` of any backup brings back what the witness has`,
    );
  return entries;
}

/** Adds to the log and tells the witness; one that is away is told the next time. */
export async function addKeeping(
  config: KeepingConfig,
  store: Store,
  acts: readonly (KeepingAct | PastAct)[],
  now: Instant,
  signal: AbortSignal,
): Promise<void> {
  const before = await keepingEntries(store.firm('read'), signal);
  const by = `${userInfo().username}@${hostname()}`;
  const fresh = signKeeping(before, acts, { at: isoOf(now), by, key: vaultKey(config.data) });
  await saveKeeping(
    store.firm('judge'),
    fresh.map((one) => ({ ...one, at: now })),
    signal,
  );
  const file = witnessOf(config);
  if (file === undefined || !existsSync(dirname(file))) return;
  const known = new Set(witnessed(config).map(({ block }) => block));
  const owed = [...before, ...fresh].filter(({ block }) => !known.has(block));
  addLines(
    file,
    owed.map(({ block, sig }) => ({ block, sig })),
  );
}

const witnessOf = ({ checkpoints: { folder } }: KeepingConfig): string | undefined =>
  folder === undefined ? undefined : join(folder, witnessFile);

/** What the witness was told, in that order. */
export function witnessed(config: KeepingConfig): SignedCheckpoint[] {
  const file = witnessOf(config);
  return (file === undefined ? [] : linesOf(file)).flatMap((line) => {
    const { block, sig } = objectOf(line) ?? {};
    // A line that a crash cut off states nothing.
    return typeof block === 'string' && typeof sig === 'string' ? [{ block, sig }] : [];
  });
}

export const holdsNow = (entries: readonly KeepingEntry[], tenant: TenantId, now: Instant): Hold[] =>
  holdsIn(entries).filter((hold) => hold.tenant === tenant && inForce(hold, now));

/** `_unattributed` cannot be held: what is somebody's is not there. */
export const heldTenants = (entries: readonly KeepingEntry[], now: Instant): TenantId[] => [
  ...new Set(
    holdsIn(entries)
      .filter((hold) => inForce(hold, now))
      .map(({ tenant }) => tenantId(tenant)),
  ),
];

export type GoneOf = (tenant: TenantId, now: Instant) => Expiry;

/** What retention may have removed of each client; of one of which nothing is written down, by what its tables are told. */
export async function goneOf(config: KeepingConfig, store: Store, signal: AbortSignal): Promise<GoneOf> {
  const entries = await keepingOf(config, store, signal);
  const kept = await store.tables.kept(signal);
  return (tenant, now) => goneBy(entries, tenant, now, kept.get(tenant)?.retention);
}

/** By client: retention may have removed accesses from before this day (since the epoch), and none from then on. */
export async function goneBeforeDays(
  config: KeepingConfig,
  store: Store,
  now: Instant,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const gone = await goneOf(config, store, signal);
  return new Map(store.tenants.map((tenant) => [tenant, Math.ceil(Math.max(0, lastGone(gone(tenant, now))) / dayMs)]));
}

/** Accesses of a range that retention may have removed: of which classes, and seen before when (ISO 8601). */
export interface Gone {
  readonly classes: readonly AccessClass[];
  readonly before: string;
}

/** Nothing, where no batch and no lost beginning of a stream says that there was anything. */
export async function goneIn(
  store: Store,
  tenant: TenantId,
  { rows }: Expiry,
  { from, until }: { readonly from: Instant; readonly until: Instant },
  signal: AbortSignal,
): Promise<Gone[]> {
  const gone = byDays(rows).flatMap(({ days: before, classes }) =>
    before === undefined || before <= from ? [] : [{ before, classes }],
  );
  if (gone.length === 0) return [];
  const db = store.client('read', tenant);
  const cutShort = (await all(db, auditStreams, always, signal)).some(({ first }) => first > 0);
  const found: Gone[] = [];
  for (const { before, classes } of gone) {
    const range = { from, until: Math.min(until, before) };
    if (cutShort || (await all(db, auditStreams, range, signal)).length > 0)
      found.push({ classes, before: isoOf(before) });
  }
  return found;
}

export const goneText = ({ classes, before }: Gone): string =>
  `accesses of ${classes.join(', ')} seen before ${before} are no longer kept (retention)`;
