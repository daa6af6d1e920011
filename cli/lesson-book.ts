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
const format = 1;
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
}

/** Teaches the judge what is kept of these days, earliest first, up to the first whose lesson no longer holds. */
export async function recallLessons(
  store: Store,
  judge: Pick<Judge, 'recall'>,
  book: LessonBook,
  days: readonly StoredDay[],
  signal: AbortSignal,
): Promise<Recalled> {
  const kept = await lessonStates(store.firm('judge'), signal);
  const states: string[] = [];
  for (const day of days) {
    const state = book.after(states.at(-1) ?? '', day);
    if (kept.get(day.day) !== state) break;
    states.push(state);
  }
  for (let i = 0; i < states.length; i += daysAtOnce) {
    const part = days.slice(i, Math.min(i + daysAtOnce, states.length));
    const lessons = await readLessons(store, part, states.slice(i), signal);
    for (const [n, lesson] of lessons.entries()) {
      if (!lesson) return { state: states[i + n - 1] ?? '', days: i + n };
      judge.recall(lesson);
    }
  }
  return { state: states.at(-1) ?? '', days: states.length };
}

/** In the order of `days`; `undefined` where a part is missing or of another state. */
async function readLessons(
  store: Store,
  days: readonly StoredDay[],
  states: readonly string[],
  signal: AbortSignal,
): Promise<(Lesson | undefined)[]> {
  const range = { from: days[0]?.day ?? 0, until: (days.at(-1)?.day ?? 0) + 1 };
  const stateOf = new Map(days.map(({ day }, i) => [day, states[i]]));
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
  return days.map(({ day, accesses }): Lesson | undefined => {
    const firm = firms.get(day);
    const own = clients.get(day) ?? new Map<string, ClientLesson>();
    const whole = [...accesses.keys()].every((tenant) => own.has(tenant));
    return firm && whole
      ? { ...firm, clients: Object.fromEntries([...own].sort(([a], [b]) => (a < b ? -1 : 1))) }
      : undefined;
  });
}
