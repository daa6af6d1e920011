/**
 * Lessons of closed days, kept and recalled. Whether a kept one still holds is computed, not believed: its state is a hash over
 * the day's accesses (how many of each client, the last arrival), the facts known by then, what judges (detectors, directory,
 * geo table, version) and the state of the day before. Whatever of that changes has the days from there on judged again.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Fact } from '../core/facts.ts';
import { packageRoot } from '../core/package-root.ts';
import type { JudgedAccess } from '../core/scene.ts';
import type { TenantId } from '../core/types.ts';
import { type Bygone, bygoneOf } from '../detectors/judge/bygone.ts';
import type { ClientLesson, Lesson } from '../detectors/judge/lesson.ts';
import type { Judge } from '../detectors/judge.ts';
import type { Store } from '../store/index.ts';
import { clientLessons, firmLessons, type LessonRow, lessonStates, saveLessonRows } from '../store/queries/lessons.ts';
import type { Context } from './context.ts';
import { filesOf } from './rules-files.ts';
import { dayMs, forEachClient, type StoredDay } from './stored-days.ts';

/** Changes with anything that changes what a day teaches and is no limit of a detector. */
const format = 2;
/** Lessons in memory at a time while they are recalled. */
const daysAtOnce = 16;

export interface LessonBook {
  /** The state after a day, given the one before ('' before the first). */
  after(state: string, day: StoredDay): string;
}

export function lessonBook({ config, directory, rules, tenants }: Context, facts: readonly Fact[]): LessonBook {
  const { version } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as { version: string };
  const basis = hashOf([
    format,
    version,
    rules.detectors.map(({ name, level, given, family }) => [name, level, given, family, rules.of(name)]),
    tenants.map((tenant) => rules.detectors.map(({ name }) => rules.of(name, tenant))),
    directory,
    config.geo === undefined ? undefined : readFileSync(config.geo, 'utf8'),
    // Sigma rules are more than settings: their text counts.
    config.rules.flatMap(filesOf).map((file) => readFileSync(file, 'utf8')),
  ]);
  const inOrder = [...facts].sort((a, b) => a.recordedAt - b.recordedAt || (a.id < b.id ? -1 : 1));
  let chained = '';
  const factStates = inOrder.map(({ id }) => {
    chained = hash('sha256', `${chained} ${id}`, 'hex');
    return chained;
  });
  return {
    after(state, { day, accesses, seenUntil }) {
      // Who acted is asked by the end of the day; why, by each arrival.
      const known = countUntil(inOrder, Math.max((day + 1) * dayMs, seenUntil));
      const counts = [...accesses].filter(([, n]) => n > 0).sort(([a], [b]) => (a < b ? -1 : 1));
      return hashOf([basis, state, day, seenUntil, counts, factStates[known - 1]]);
    },
  };
}

/** Maps and sets as lists. */
const hashOf = (parts: unknown): string =>
  hash(
    'sha256',
    JSON.stringify(parts, (_, value: unknown) => (value instanceof Map || value instanceof Set ? [...value] : value)),
    'hex',
  );

function countUntil(facts: readonly Fact[], until: number): number {
  let [low, high] = [0, facts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((facts[middle]?.recordedAt ?? 0) <= until) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface KeptLesson {
  readonly lesson: Lesson;
  readonly state: string;
}

/** As the firm's database has it. */
type FirmPart = Omit<Lesson, 'clients'> & {
  /** By client: how many there were, which outlives the client's own part. */
  readonly accesses?: Readonly<Record<string, number>>;
};

/** The day that a lesson is of, as `after` wants it. */
export const storedDayOf = ({ day, clients, seenUntil }: Lesson): StoredDay => ({
  day,
  accesses: new Map(Object.entries(clients).map(([tenant, { accesses }]) => [tenant, accesses])),
  seenUntil,
});

/** Clients' parts first: a day whose firm's part is there is there wholly. */
export async function saveLessons(store: Store, kept: readonly KeptLesson[], signal: AbortSignal): Promise<void> {
  const version = Date.now();
  const rows = new Map<TenantId, LessonRow[]>();
  for (const { lesson, state } of kept) {
    for (const [tenant, { opened, ...own }] of Object.entries(lesson.clients)) {
      const mine = rows.get(tenant as TenantId) ?? [];
      rows.set(tenant as TenantId, mine);
      const text = JSON.stringify({ ...own, ...(opened && { opened: [] }) });
      mine.push({ day: lesson.day, state, lesson: text, opened: opened ?? [] });
    }
  }
  await forEachClient([...rows.keys()], (tenant) =>
    saveLessonRows(store.client('judge', tenant), rows.get(tenant) ?? [], version, signal),
  );
  const firm = kept.map(({ lesson, state }) => {
    const { clients: _, ...rest } = lesson;
    const part: FirmPart = { ...rest, accesses: Object.fromEntries(storedDayOf(lesson).accesses) };
    return { day: rest.day, state, lesson: JSON.stringify(part) };
  });
  await saveLessonRows(store.firm('judge'), firm, version, signal);
}

/** By client: retention may have removed accesses from before this day (since the epoch). */
export type GoneBefore = ReadonlyMap<string, number>;

/** A day as it was judged. */
export interface KeptDay {
  readonly state: string;
  /** Of a client of whom accesses are gone, its part may be gone as well; then it says how many there were. */
  readonly lesson: Lesson;
  /** No part is missing that nothing removed. */
  readonly whole: boolean;
}

export interface Recalled {
  readonly state: string;
  /** How many days were recalled of which anything is stored. */
  readonly days: number;
  /** The first day that is to be judged. */
  readonly next: number;
  /** Those that are to be judged, also such as all accesses are gone of. */
  readonly rest: readonly StoredDay[];
}

/** Teaches the judge what is kept of the days before `until`, earliest first, up to the first whose lesson no longer holds. */
export async function recallLessons(
  store: Store,
  judge: Pick<Judge, 'recall'>,
  book: LessonBook,
  { days, until, goneBefore }: { days: readonly StoredDay[]; until: number; goneBefore: GoneBefore },
  signal: AbortSignal,
): Promise<Recalled> {
  const kept = await lessonStates(store.firm('judge'), signal);
  const horizon = Math.max(0, ...goneBefore.values());
  const all = withGone(days, kept, horizon);
  // Of days that are gone wholly nothing is judged, nor taken back.
  const first = horizon > 0 ? Math.min(horizon, all[0]?.day ?? horizon) : 0;
  let [state, done, stored, next] = ['', 0, 0, first];
  recalling: for (const part of partsOf(all.filter(({ day }) => day < until))) {
    const lessons = await readLessons(store, part, kept, goneBefore, signal);
    for (const [n, one] of part.entries()) {
      const lesson = lessons[n];
      if (!lesson?.whole || [...one.accesses.keys()].some((tenant) => !lesson.lesson.clients[tenant])) break recalling;
      const whole = asJudged(one, lesson, goneBefore).day;
      // Of what the first that is left was made besides, nobody can know: what came before it may be gone.
      const holds = done === 0 && one.day < horizon ? alike(whole, storedDayOf(lesson.lesson)) : false;
      const now = holds ? lesson.state : book.after(state, whole);
      if (now !== lesson.state) break recalling;
      judge.recall(lesson.lesson);
      state = now;
      done += 1;
      stored += one.accesses.size > 0 ? 1 : 0;
      next = Math.max(first, one.day + 1);
    }
  }
  return { state, days: stored, next, rest: all.slice(done) };
}

/** Also the days of which lessons are kept and all accesses are gone. */
function withGone(days: readonly StoredDay[], kept: ReadonlyMap<number, string>, horizon: number): StoredDay[] {
  const stored = new Set(days.map(({ day }) => day));
  const last = days.at(-1)?.day ?? horizon;
  const gone = [...kept.keys()].filter((day) => day < horizon && day <= last && !stored.has(day));
  const empty = gone.map((day): StoredDay => ({ day, accesses: new Map(), seenUntil: 0 }));
  return [...days, ...empty].sort((a, b) => a.day - b.day);
}

function* partsOf(days: readonly StoredDay[]): Generator<StoredDay[]> {
  for (let i = 0; i < days.length; i += daysAtOnce) yield days.slice(i, i + daysAtOnce);
}

/** The day as it would be were nothing gone: retention only takes away, and of each client only what is before its own day. */
function asJudged(
  { day, accesses, seenUntil }: StoredDay,
  then: KeptDay,
  goneBefore: GoneBefore,
): { readonly day: StoredDay; readonly cut: ReadonlySet<string> } {
  const whole = new Map(accesses);
  const cut = new Set<string>();
  for (const [tenant, count] of storedDayOf(then.lesson).accesses) {
    if (day >= (goneBefore.get(tenant) ?? 0) || count <= (whole.get(tenant) ?? 0)) continue;
    whole.set(tenant, count);
    cut.add(tenant);
  }
  const until = cut.size > 0 ? Math.max(seenUntil, then.lesson.seenUntil) : seenUntil;
  return { day: { day, accesses: whole, seenUntil: until }, cut };
}

const alike = (one: StoredDay, other: StoredDay): boolean =>
  one.seenUntil === other.seenUntil &&
  one.accesses.size === other.accesses.size &&
  [...one.accesses].every(([tenant, count]) => other.accesses.get(tenant) === count);

/** What was learnt of days that are judged again and are not whole any more; asked for in order. */
export class Bygones {
  readonly #store: Store;
  readonly #goneBefore: GoneBefore;
  readonly #days: readonly StoredDay[];
  #states: ReadonlyMap<number, string> | undefined;
  #read: { readonly until: number; readonly days: ReadonlyMap<number, KeptDay> } | undefined;

  constructor(store: Store, days: readonly StoredDay[], goneBefore: GoneBefore) {
    this.#store = store;
    this.#goneBefore = goneBefore;
    const horizon = Math.max(0, ...goneBefore.values());
    this.#days = days.filter(({ day }) => day < horizon);
  }

  /** `left`: what is stored of the day, each access once. */
  async of(stored: StoredDay, left: readonly JudgedAccess[], signal: AbortSignal): Promise<Bygone | undefined> {
    if (!this.#days.includes(stored)) return undefined;
    if (!this.#read || stored.day > this.#read.until) this.#read = await this.#next(stored, signal);
    const then = this.#read.days.get(stored.day);
    const cut = then && asJudged(stored, then, this.#goneBefore).cut;
    return then && cut && cut.size > 0 ? bygoneOf(then.lesson, cut, left) : undefined;
  }

  async #next(from: StoredDay, signal: AbortSignal): Promise<{ until: number; days: Map<number, KeptDay> }> {
    this.#states ??= await lessonStates(this.#store.firm('judge'), signal);
    const at = this.#days.indexOf(from);
    const part = this.#days.slice(at, at + daysAtOnce);
    const lessons = await readLessons(this.#store, part, this.#states, this.#goneBefore, signal);
    const days = new Map(
      part.flatMap(({ day }, n) => {
        const one = lessons[n];
        return one ? [[day, one] as const] : [];
      }),
    );
    return { until: part.at(-1)?.day ?? from.day, days };
  }
}

/** In the order of `days`; `undefined` where nothing is kept in that state. */
async function readLessons(
  store: Store,
  days: readonly StoredDay[],
  states: ReadonlyMap<number, string>,
  goneBefore: GoneBefore,
  signal: AbortSignal,
): Promise<(KeptDay | undefined)[]> {
  const range = { from: days[0]?.day ?? 0, until: (days.at(-1)?.day ?? 0) + 1 };
  const clients = new Map<number, Map<string, ClientLesson>>(days.map(({ day }) => [day, new Map()]));
  await forEachClient(store.tenants, async (tenant) => {
    for await (const row of clientLessons(store.client('judge', tenant), range, signal)) {
      if (row.state !== states.get(row.day)) continue;
      const own = JSON.parse(row.lesson) as ClientLesson;
      clients.get(row.day)?.set(tenant, own.opened ? { ...own, opened: row.opened } : own);
    }
  });
  const firms = new Map<number, FirmPart>();
  for await (const { day, state, lesson } of firmLessons(store.firm('judge'), range, signal))
    if (state === states.get(day)) firms.set(day, JSON.parse(lesson) as FirmPart);
  return days.map(({ day }): KeptDay | undefined => {
    const found = firms.get(day);
    if (!found) return undefined;
    const { accesses: counts = {}, ...firm } = found;
    const parts = new Map(clients.get(day));
    const missing = Object.entries(counts).filter(([tenant]) => !parts.has(tenant));
    for (const [tenant, accesses] of missing) parts.set(tenant, { accesses, actors: [], shares: [], sources: [] });
    const sorted = Object.fromEntries([...parts].sort(([a], [b]) => (a < b ? -1 : 1)));
    const whole = missing.every(([tenant]) => day < (goneBefore.get(tenant) ?? 0));
    return { state: states.get(day) ?? '', lesson: { ...firm, clients: sorted }, whole };
  });
}
