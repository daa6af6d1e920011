/**
 * Batches that were refused, as alerts to security staff: one for each client, reason and day, however many batches of however
 * many sources. What landers refused lies in the store as a candidate, so that whoever alerts tells of it, after a restart as well.
 * Each running lander keeps a count of its own there, which no other writes; the candidate says their sum.
 */
import { hash, randomUUID } from 'node:crypto';
import type { Candidate } from '../core/alert.ts';
import { isoOf } from '../core/time.ts';
import type { Instant } from '../core/types.ts';
import type { Refused } from '../ingest/land.ts';
import type { Store } from '../store/index.ts';
import { candidatesOf, saveCandidates } from '../store/queries/candidates.ts';
import { keptOf, saveKept } from '../store/queries/kept.ts';

/** Stands where a detector's name does. */
export const refusedBatches = 'refused-batches';

const dayMs = 86_400_000;
/** Read back from the store this often, this far. */
const readEveryMs = 15_000;
const readDays = 3;
/** Clients with a reason on one day; beyond that a client's reasons of that day are one. */
const newsMax = 1_000;
const otherReasons = 'for reasons of many kinds';
/** Sources of one alert that are told apart. */
const sourcesNamedMax = 20;

interface Refusing {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

interface Trouble {
  readonly tenant: string;
  readonly reason: string;
  readonly at: Instant;
  readonly count: number;
  /** By source, in the order in which they came; so many of them. */
  readonly sources: ReadonlyMap<string, Refusing>;
}

/** As the store keeps it: one running lander's part. */
type Kept = Omit<Trouble, 'sources'> & { readonly sources: readonly (readonly [string, Refusing])[] };

const dayOf = (at: Instant): string => isoOf(at).slice(0, 10);

/** A breached fact, so that no budget holds it back: a batch that is not what was sealed, or that nothing can land. */
export function candidateOf({ tenant, reason, at, count, sources }: Trouble): Candidate {
  const day = dayOf(at);
  const id = idOf({ tenant, reason, at });
  const [[first = ''] = []] = sources;
  const named = [...sources].map(([source, one]) => [source, one.count, numbersOf(one)] as const);
  const rest = count - named.reduce((sum, [, n]) => sum + n, 0);
  const many = count === 1 ? 'a batch' : `${count} batches`;
  const were = count === 1 ? 'was' : 'were';
  const whole =
    named.length === 1 && rest === 0
      ? [`${many} of source ${first} for client ${tenant} ${were} refused: ${reason} (${named[0]?.[2]})`]
      : [
          `${many} of several sources for client ${tenant} ${were} refused: ${reason}`,
          ...named.map(([source, n, numbers]) => `source ${source}: ${n} (${numbers})`),
          ...(rest > 0 ? [`and ${rest} of other sources`] : []),
        ];
  return {
    id,
    raised_at: isoOf(at),
    day,
    actor: `source:${first}`,
    tenants: [tenant],
    detectors: [refusedBatches],
    score: 9,
    severity: 'critical',
    because: whole,
    accesses: [],
    unknown: ['what is in them is not in the store: cordon replay-dead shows them, and sends them again after a fix'],
  };
}

const idOf = ({ tenant, reason, at }: Pick<Trouble, 'tenant' | 'reason' | 'at'>): string =>
  hash('sha256', `refused\0${tenant}\0${reason}\0${dayOf(at)}`, 'hex').slice(0, 16);

/** What several landers counted of one client, reason and day. */
function together(one: Trouble, other: Trouble): Trouble {
  const [earlier, later] = other.at < one.at ? [other, one] : [one, other];
  const sources = new Map(earlier.sources);
  for (const [source, more] of later.sources) {
    const known = sources.get(source);
    if (known || sources.size < sourcesNamedMax) sources.set(source, known ? bothOf(known, more) : more);
  }
  return { ...earlier, count: one.count + other.count, sources };
}

const bothOf = (one: Refusing, other: Refusing): Refusing => ({
  count: one.count + other.count,
  first: Math.min(one.first, other.first),
  last: Math.max(one.last, other.last),
});

/** Later than any that was saved on its day, and higher the more is in it: of two landers that sum at once, the larger sum holds. */
const versionOf = ({ at, count }: Trouble): number => Date.parse(dayOf(at)) + dayMs + count;

const numbersOf = ({ first, last }: Refusing): string =>
  first === last ? `number ${first}` : `numbers ${first} to ${last}`;

export class Refusals {
  readonly #troubles = new Map<string, Trouble>();
  #unsaved = new Set<string>();
  #stored: readonly Candidate[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #now: () => Instant;
  /** Whose part this is: after a restart it is another's. */
  readonly #counter = randomUUID();
  #version = 0;

  constructor(now: () => Instant = Date.now) {
    this.#now = now;
  }

  note({ tenant, collector, reason: given, seq }: Refused): void {
    const now = this.#now();
    const keyOf = (reason: string) => `${tenant}\0${reason}\0${dayOf(now)}`;
    if (!this.#troubles.has(keyOf(given)) && this.#troubles.size >= newsMax) this.#forgetOld(now);
    const known = this.#troubles.has(keyOf(given)) || this.#troubles.size < newsMax;
    const reason = known ? given : otherReasons;
    const key = keyOf(reason);
    const before = this.#troubles.get(key);
    const sources = new Map(before?.sources);
    const one = { count: 1, first: seq, last: seq };
    const own = sources.get(collector);
    if (own || sources.size < sourcesNamedMax) sources.set(collector, own ? bothOf(own, one) : one);
    this.#troubles.set(key, { tenant, reason, at: before?.at ?? now, count: (before?.count ?? 0) + 1, sources });
    this.#unsaved.add(key);
  }

  /** Puts what is new into the store. Called again after a failure, it does it then. */
  async save(store: Store, signal: AbortSignal): Promise<void> {
    const keys = this.#unsaved;
    if (keys.size === 0) return;
    const own = [...keys].flatMap((key) => this.#troubles.get(key) ?? []);
    // What is refused while these are saved is news again.
    this.#unsaved = new Set();
    try {
      const parts = new Map(own.map((part) => [`${dayOf(part.at)}/${idOf(part)}/${this.#counter}`, keptText(part)]));
      // A clock that goes back makes no smaller count the later one.
      this.#version = Math.max(this.#version + 1, this.#now());
      await saveKept(store.firm('judge'), 'refused', parts, this.#version, signal);
      const sums = await summed(store, own, signal);
      const versions = new Map(sums.map((sum) => [idOf(sum), versionOf(sum)]));
      const versionOfOne = ({ id }: Candidate): number => versions.get(id) ?? 0;
      await saveCandidates(store.firm('judge'), sums.map(candidateOf), versionOfOne, signal);
    } catch (error) {
      for (const key of keys) this.#unsaved.add(key);
      throw error;
    }
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Those of the last days, whoever refused. */
  async candidates(store: Store, signal: AbortSignal): Promise<readonly Candidate[]> {
    const now = this.#now();
    if (now - this.#readAt < readEveryMs) return this.#stored;
    const range = { from: dayOf(now - readDays * dayMs), until: dayOf(now) };
    const all = await candidatesOf(store.firm('read'), range, signal);
    this.#stored = all.filter(({ detectors }) => detectors.includes(refusedBatches));
    this.#readAt = now;
    return this.#stored;
  }

  #forgetOld(now: Instant): void {
    for (const [key, { at }] of this.#troubles)
      if (dayOf(at) !== dayOf(now) && !this.#unsaved.has(key)) this.#troubles.delete(key);
  }
}

const keptText = (part: Trouble): string => {
  const kept: Kept = { ...part, sources: [...part.sources] };
  return JSON.stringify(kept);
};

/** Of those that have a part among `own`: what all landers counted until now. */
async function summed(store: Store, own: readonly Trouble[], signal: AbortSignal): Promise<Trouble[]> {
  const wanted = new Set(own.map(idOf));
  const [since] = own.map(({ at }) => dayOf(at)).sort();
  const sums = new Map<string, Trouble>();
  for (const text of (await keptOf(store.firm('judge'), 'refused', signal, since)).values()) {
    const { sources, ...rest } = JSON.parse(text) as Kept;
    const part: Trouble = { ...rest, sources: new Map(sources) };
    const id = idOf(part);
    if (!wanted.has(id)) continue;
    const before = sums.get(id);
    sums.set(id, before ? together(before, part) : part);
  }
  return [...sums.values()];
}
