/**
 * Lessons of closed days, kept and recalled. Whether a kept one still holds is computed, not believed: its state is a hash over
 * the day's accesses (how many of each client, the last arrival), the facts known by then, what judges (detectors, directory,
 * geo table, version) and the state of the day before. Whatever of that changes has the days from there on judged again.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Fact } from '../core/facts.ts';
import { packageRoot } from '../core/package-root.ts';
import type { TenantId } from '../core/types.ts';
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
  const firm = kept.map(({ lesson: { clients: _, ...rest }, state }) => ({
    day: rest.day,
    state,
    lesson: JSON.stringify(rest),
  }));
  await saveLessonRows(store.firm('judge'), firm, version, signal);
}

export interface Recalled {
  readonly state: string;
  /** How many of `days` were recalled. */
  readonly days: number;
  /** The first day that is to be judged. */
  readonly next: number;
}

/** A day whose lesson is to be recalled. */
interface Planned {
  readonly stored: StoredDay;
  readonly state: string;
  /** Retention may have removed what it was made of, so it cannot be made again: it is believed, unless there is more now. */
  readonly believed: boolean;
}

/**
 * Teaches the judge what is kept of these days, earliest first, up to the first whose lesson no longer holds. Before day
 * `goneBefore` retention may have removed accesses: what was said then stands.
 */
export async function recallLessons(
  store: Store,
  judge: Pick<Judge, 'recall'>,
  book: LessonBook,
  days: readonly StoredDay[],
  goneBefore: number,
  signal: AbortSignal,
): Promise<Recalled> {
  const kept = await lessonStates(store.firm('judge'), signal);
  const planned = planOf(book, days, kept, goneBefore);
  // Of days that are gone wholly nothing is judged, nor taken back.
  const first = goneBefore > 0 ? Math.min(goneBefore, days[0]?.day ?? goneBefore) : 0;
  let recalled: Recalled = { state: '', days: 0, next: first };
  for (let i = 0; i < planned.length; i += daysAtOnce) {
    const part = planned.slice(i, i + daysAtOnce);
    const lessons = await readLessons(store, part, signal);
    for (const [n, one] of part.entries()) {
      const lesson = lessons[n];
      if (!lesson || (one.believed && hasMore(one.stored, storedDayOf(lesson)))) return recalled;
      judge.recall(lesson);
      const { day, accesses } = one.stored;
      recalled = {
        state: one.state,
        days: recalled.days + (accesses.size > 0 ? 1 : 0),
        next: Math.max(first, day + 1),
      };
    }
  }
  return recalled;
}

function planOf(
  book: LessonBook,
  days: readonly StoredDay[],
  kept: ReadonlyMap<number, string>,
  goneBefore: number,
): Planned[] {
  const stored = new Map(days.map((one) => [one.day, one]));
  const last = days.at(-1)?.day ?? goneBefore;
  const gone = [...kept.keys()].filter((day) => day < goneBefore && day <= last && !stored.has(day));
  const empty = gone.map((day): StoredDay => ({ day, accesses: new Map(), seenUntil: 0 }));
  const plan: Planned[] = [];
  for (const one of [...days, ...empty].sort((a, b) => a.day - b.day)) {
    const state = one.accesses.size > 0 ? book.after(plan.at(-1)?.state ?? '', one) : undefined;
    const before = kept.get(one.day);
    if (before === undefined || (state !== before && one.day >= goneBefore)) break;
    plan.push({ stored: one, state: before, believed: state !== before });
  }
  return plan;
}

/** Retention only takes away: where a client has more than was judged, something came since. */
const hasMore = (now: StoredDay, judged: StoredDay): boolean =>
  now.seenUntil > judged.seenUntil ||
  [...now.accesses].some(([tenant, count]) => count > (judged.accesses.get(tenant) ?? 0));

/** In the order of `days`; `undefined` where a part is missing or of another state. */
async function readLessons(
  store: Store,
  planned: readonly Planned[],
  signal: AbortSignal,
): Promise<(Lesson | undefined)[]> {
  const days = planned.map(({ stored }) => stored);
  const range = { from: days[0]?.day ?? 0, until: (days.at(-1)?.day ?? 0) + 1 };
  const stateOf = new Map(planned.map(({ stored, state }) => [stored.day, state]));
  const clients = new Map<number, Map<string, ClientLesson>>(days.map(({ day }) => [day, new Map()]));
  await forEachClient(store.tenants, async (tenant) => {
    for await (const row of clientLessons(store.client('judge', tenant), range, signal)) {
      if (row.state !== stateOf.get(row.day)) continue;
      const own = JSON.parse(row.lesson) as ClientLesson;
      clients.get(row.day)?.set(tenant, own.opened ? { ...own, opened: row.opened } : own);
    }
  });
  const firms = new Map<number, Omit<Lesson, 'clients'>>();
  for await (const { day, state, lesson } of firmLessons(store.firm('judge'), range, signal))
    if (state === stateOf.get(day)) firms.set(day, JSON.parse(lesson) as Omit<Lesson, 'clients'>);
  return planned.map(({ stored: { day, accesses }, believed }): Lesson | undefined => {
    const firm = firms.get(day);
    const own = clients.get(day) ?? new Map<string, ClientLesson>();
    const whole = believed || [...accesses.keys()].every((tenant) => own.has(tenant));
    return firm && whole
      ? { ...firm, clients: Object.fromEntries([...own].sort(([a], [b]) => (a < b ? -1 : 1))) }
      : undefined;
  });
}
