/**
 * The log of keeping: legal holds, set and lifted, and each change of how long a client's data is kept. Each entry is a line of
 * JSON, signed with the vault's key, and names the hash of one before it. It explains rows that are gone, and keeps others.
 */
import { hash, type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { Fault } from '../core/errors.ts';
import { type Expiry, expiryOf, forEver, type Retention } from '../core/retention.ts';
import { accessClasses, type Instant } from '../core/types.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { objectOf } from './verify-report.ts';

/** Somebody must not lose what is there of a client. */
interface Held {
  readonly op: 'hold';
  /** Its name: CLIENT-1, CLIENT-2. */
  readonly hold: string;
  readonly tenant: string;
  readonly why: string;
  /** ISO 8601: in force from then on, and before `until`; without it, until it is lifted. */
  readonly from: string;
  readonly until?: string;
}

interface Lifted {
  readonly op: 'lift';
  readonly hold: string;
  readonly tenant: string;
  readonly why: string;
}

/** What the tables were told, when they had been told. */
interface Kept {
  readonly op: 'retention';
  readonly tenant: string;
  readonly was: Retention;
  readonly now: Retention;
  /** A legal hold made it so, and not the directory. */
  readonly held: boolean;
}

/** All of a client was brought from one store to another, found alike in both, and removed where it had lain. */
interface MovedEntry {
  readonly op: 'move';
  readonly tenant: string;
  /** Its name: a move that was cut off and finished is one. */
  readonly move: string;
  /** Addresses, or `the store of all clients`. */
  readonly from: string;
  readonly to: string;
  readonly batches: number;
  readonly accesses: number;
  /** How many sentences an audit had to say against it, before and after. */
  readonly problems: number;
  /** Of each stream the last batch that was proven, and the SHA-256 of its header block. */
  readonly streams: readonly { readonly collector: string; readonly last: number; readonly head: string }[];
}

export type KeepingAct = Held | Lifted | Kept | MovedEntry;

export type KeepingEntry = KeepingAct & {
  readonly n: number;
  /** ISO 8601. */
  readonly at: string;
  /** `user@host`. */
  readonly by: string;
  /** SHA-256 of the entry before, hex. Two landers may write at once: then two entries have one number. */
  readonly prev: string;
  /** ISO 8601: when it was taken from a client's backup; `at` and `by` are then as they were in the log that was lost. */
  readonly restored?: string;
};

/** What another log said, with its own date and name. */
export type PastAct = KeepingAct & Pick<KeepingEntry, 'at' | 'by' | 'restored'>;

export interface Hold extends Held {
  readonly at: string;
  readonly by: string;
  readonly lifted: (Lifted & { readonly at: string; readonly by: string }) | undefined;
}

const nothingBefore = '0'.repeat(64);
const hashOf = (block: string): string => hash('sha256', block, 'hex');

/** Behind those there are. */
export function signKeeping(
  before: readonly SignedCheckpoint[],
  acts: readonly (KeepingAct | PastAct)[],
  { at, by, key }: { readonly at: string; readonly by: string; readonly key: KeyObject },
): (SignedCheckpoint & { readonly n: number })[] {
  const last = before.at(-1);
  let n = last ? numberIn(last.block) + 1 : 0;
  let prev = last ? hashOf(last.block) : nothingBefore;
  return acts.map((act) => {
    const block = JSON.stringify({ n, at, by, ...act, prev });
    const signed = { n, block, sig: signBytes(null, Buffer.from(block, 'utf8'), key).toString('base64') };
    n += 1;
    prev = hashOf(block);
    return signed;
  });
}

const numberIn = (block: string): number => Number(objectOf(block)?.['n']);

/** In order. Throws EVIDENCE_BROKEN where one is not the vault's, is missing, or does not follow. */
export function readKeeping(rows: readonly SignedCheckpoint[], key: KeyObject): KeepingEntry[] {
  let due = 0;
  let before = new Set([nothingBefore]);
  let here = new Set<string>();
  return rows.map(({ block, sig }) => {
    const entry = entryIn(block);
    if (!entry || !verifyBytes(null, Buffer.from(block, 'utf8'), key, Buffer.from(sig, 'base64')))
      throw broken(`entry ${Number.isInteger(numberIn(block)) ? numberIn(block) : due} is not the vault's`);
    if (entry.n === due + 1 && here.size > 0) {
      before = here;
      here = new Set();
      due += 1;
    }
    if (entry.n !== due) throw broken(`entry ${due} is missing`);
    if (!before.has(entry.prev)) throw broken(`entry ${entry.n} does not follow the one before it`);
    here.add(hashOf(block));
    return entry;
  });
}

const broken = (what: string): Fault =>
  new Fault(
    'EVIDENCE_BROKEN',
    `the log of legal holds and retention is not whole: ${what}; put the firm's database back`,
  );

/** The vault signed it, so its shape is its own: only what is used for more than showing is looked at. */
function entryIn(block: string): KeepingEntry | undefined {
  const entry = objectOf(block);
  const texts = entry && [entry['at'], entry['by'], entry['tenant'], entry['prev'], entry['op']];
  if (!texts?.every((one) => typeof one === 'string') || !Number.isInteger(entry?.['n'])) return undefined;
  return entry as unknown as KeepingEntry;
}

/** All there ever were, in the order in which they were set. */
export function holdsIn(entries: readonly KeepingEntry[]): Hold[] {
  const lifts = new Map(entries.flatMap((entry) => (entry.op === 'lift' ? [[entry.hold, entry] as const] : [])));
  return entries.flatMap((entry) => (entry.op === 'hold' ? [{ ...entry, lifted: lifts.get(entry.hold) }] : []));
}

export const inForce = ({ from, until, lifted }: Hold, now: Instant): boolean =>
  lifted === undefined && Date.parse(from) <= now && (until === undefined || now < Date.parse(until));

/** All there ever were, in order. */
export const movesIn = (entries: readonly KeepingEntry[]): (KeepingEntry & MovedEntry)[] =>
  entries.filter((entry): entry is KeepingEntry & MovedEntry => entry.op === 'move');

/** What the last entry says its tables were told; `undefined`: nothing was ever changed. */
export function keptNow(entries: readonly KeepingEntry[], tenant: string): Kept | undefined {
  return entries.findLast((entry): entry is KeepingEntry & Kept => entry.op === 'retention' && entry.tenant === tenant);
}

/** How a client was kept when no hold had a say; `undefined`: there was no such time, or nothing is known of it. */
export function keptUnheld(entries: readonly KeepingEntry[], tenant: string): Retention | undefined {
  const mine = entries.filter(
    (entry): entry is KeepingEntry & Kept => entry.op === 'retention' && entry.tenant === tenant,
  );
  const last = mine.findLast(({ held }) => !held);
  return last ? last.now : mine[0]?.was;
}

/** What retention may have removed by `now`. `actual`: what the tables are told now, where nothing was ever written of it. */
export function goneBy(entries: readonly KeepingEntry[], tenant: string, now: Instant, actual = forEver): Expiry {
  const mine = entries.filter(
    (entry): entry is KeepingEntry & Kept => entry.op === 'retention' && entry.tenant === tenant,
  );
  return expiryOf([
    ...mine.map(({ was, at }) => ({ retention: cleaned(was), until: Date.parse(at) })),
    { retention: cleaned(mine.at(-1)?.now ?? actual), until: now },
  ]);
}

const cleaned = (retention: Retention): Retention =>
  Object.fromEntries(accessClasses.flatMap((one) => (Number(retention[one]) > 0 ? [[one, retention[one]]] : [])));
