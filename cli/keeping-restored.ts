/** What the log of keeping says of one client, for its backup, and back from there: who was held is held again before anything is landed. */
import { createPublicKey } from 'node:crypto';
import { Fault, isFault } from '../core/errors.ts';
import { isoOf } from '../core/time.ts';
import type { Instant, TenantId } from '../core/types.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import { type Hold, type KeepingEntry, type PastAct, readKeeping } from '../evidence/keeping.ts';
import { objectOf } from '../evidence/verify-report.ts';
import type { Store } from '../store/index.ts';
import { keepingEntries, saveKeeping } from '../store/queries/keeping.ts';
import { addKeeping, holdsNow, type KeepingConfig, keepingOf, witnessed } from './keeping.ts';

/** Moves stay behind: they are of the stores of this vault. `undefined`: the log is not whole, so it is not known who is held. */
export async function keepingFor(
  config: KeepingConfig,
  store: Store,
  tenant: TenantId,
  signal: AbortSignal,
): Promise<PastAct[] | undefined> {
  try {
    const entries = await keepingOf(config, store, signal);
    return entries
      .filter((entry) => entry.tenant === tenant && entry.op !== 'move')
      .map(({ n: _, prev: __, ...past }) => past);
  } catch (error) {
    if (isFault(error, 'EVIDENCE_BROKEN')) return undefined;
    throw error;
  }
}

/**
 * Adds what the log here has not, with its own dates and names; first of all what only the witness still has of it, about
 * whichever client. The holds of the client that are in force then. Throws EVIDENCE_BROKEN when the log is not whole.
 */
export async function restoreKeeping(
  config: KeepingConfig,
  store: Store,
  { tenant, past, now }: { readonly tenant: TenantId; readonly past: readonly PastAct[]; readonly now: Instant },
  signal: AbortSignal,
): Promise<Hold[]> {
  await takeWitnessed(config, store, now, signal);
  const entries = (await keepingOf(config, store, signal)).filter((entry) => entry.tenant === tenant);
  const acts = lackingIn(entries, past).map((act) => ({ ...act, restored: isoOf(now) }));
  if (acts.length > 0) await addKeeping(config, store, acts, now, signal);
  return holdsNow(await keepingOf(config, store, signal), tenant, now);
}

async function takeWitnessed(config: KeepingConfig, store: Store, now: Instant, signal: AbortSignal): Promise<void> {
  const rows = await keepingEntries(store.firm('read'), signal);
  const here = new Set(rows.map(({ block }) => block));
  const lost = witnessed(config).filter(({ block }) => !here.has(block));
  if (lost.length === 0) return;
  const numberOf = (block: string): number => Number(objectOf(block)?.['n']);
  const whole = [...rows, ...lost].sort((a, b) => numberOf(a.block) - numberOf(b.block));
  try {
    readKeeping(whole, createPublicKey(vaultKey(config.data)));
  } catch (error) {
    if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
    const way = "or bring the vault's key, or name an empty checkpoints.folder: then the backup alone says who is held";
    throw new Fault('EVIDENCE_BROKEN', `${error.message}, ${way}`, error.about, error);
  }
  await saveKeeping(
    store.firm('judge'),
    lost.map(({ block, sig }) => ({ block, sig, n: numberOf(block), at: now })),
    signal,
  );
}

/** A hold has another name here if the one it had is another's. */
function lackingIn(entries: readonly KeepingEntry[], past: readonly PastAct[]): PastAct[] {
  const known = new Map(entries.map((entry) => [sameIn(entry), entry]));
  const taken = new Set(entries.flatMap((entry) => (entry.op === 'hold' ? [entry.hold] : [])));
  const nameOf = new Map<string, string>();
  return past.flatMap((act): PastAct[] => {
    const there = known.get(sameIn(act));
    if (act.op === 'hold') {
      const name = there?.op === 'hold' ? there.hold : freeName(act.hold, act.tenant, taken);
      nameOf.set(act.hold, name);
      taken.add(name);
      return there ? [] : [{ ...act, hold: name }];
    }
    if (there) return [];
    return [act.op === 'lift' ? { ...act, hold: nameOf.get(act.hold) ?? act.hold } : act];
  });
}

/** Who did what when and why, whatever the hold is called. */
function sameIn({ op, at, by, ...act }: PastAct): string {
  const { why, from, until, was, now } = act as Readonly<Record<string, unknown>>;
  return JSON.stringify([op, at, by, why, from, until, was, now]);
}

function freeName(wanted: string, tenant: string, taken: ReadonlySet<string>): string {
  for (let n = taken.size + 1, name = wanted; ; n += 1) {
    if (!taken.has(name)) return name;
    name = `${tenant}-${n}`;
  }
}
