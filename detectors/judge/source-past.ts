/**
 * How much each source says in each hour of the week, over all clients and of each client: the median of the last weeks,
 * so that one odd week teaches nothing. Of a client only hours with counts are kept, and they are taught by its own lesson.
 */
import { median } from 'simple-statistics';
import { gotOrMade } from '../../core/got-or-made.ts';
import type { JudgedAccess, Ref } from '../../core/scene.ts';
import type { SourceScene, StatedGap } from '../../core/source-scene.ts';
import { type Instant, unattributed } from '../../core/types.ts';
import { Delays, type Lateness } from './delays.ts';
import type { Lesson } from './lesson.ts';
import { dayMs, dayText } from './who.ts';

const hourMs = 3_600_000;
const weeksKept = 6;
/** Before the same weekday was seen so often, all workdays (or days off) stand for it. */
const weeksMin = 3;
/** A client of whom a source has days with fewer is not one it always speaks of. */
const laneMin = 10;
const noHours: readonly number[] = new Array(24).fill(0);

/** Hours of one day: a source's, or a source's of one client. */
export interface SourceHours {
  readonly source: string;
  readonly seen: readonly number[];
  /** By how much the source's clock was ahead of its collector's, ms; absent: it was not. */
  readonly ahead?: number;
}

interface Usual {
  readonly expected: readonly number[];
  readonly alike: readonly (readonly number[])[];
}

/** One source, or one source and client. */
class Lane {
  days = 0;
  /** Counts by hour of the day, the last few of each weekday. */
  private readonly byWeekday: (readonly number[])[][] = Array.from({ length: 7 }, () => []);
  private readonly known = new Map<string, Usual>();

  learn(day: number, seen: readonly number[]): void {
    this.days += 1;
    const same = this.byWeekday[weekdayOf(day)] ?? [];
    same.push(seen);
    if (same.length > weeksKept) same.shift();
    this.known.clear();
  }

  /** Nothing was said on any day kept. */
  get idle(): boolean {
    return this.byWeekday.every((days) => days.every((seen) => seen.every((n) => n === 0)));
  }

  /** Of all days alike (workdays, or days off; on a holiday both) that are kept: the median of each hour, and the days. */
  usual(day: number, holiday: boolean): Usual {
    const key = `${weekdayOf(day)} ${holiday}`;
    const found = this.known.get(key);
    if (found) return found;
    const own = this.byWeekday[weekdayOf(day)] ?? [];
    const off = (weekday: number) => weekday === 0 || weekday === 6;
    const alike = this.byWeekday.filter((_, weekday) => holiday || off(weekday) === off(weekdayOf(day))).flat();
    const basis = own.length >= weeksMin ? own : alike;
    const expected = noHours.map((_, hour) => (basis.length === 0 ? 0 : median(basis.map((seen) => seen[hour] ?? 0))));
    const usual = { expected, alike };
    this.known.set(key, usual);
    return usual;
  }
}

class Today {
  readonly seen: number[] = new Array(24).fill(0);
  /** By hour, the access that was first in it. */
  readonly first: (Ref | undefined)[] = new Array(24).fill(undefined);

  take(access: Ref, hour: number): void {
    this.seen[hour] = (this.seen[hour] ?? 0) + 1;
    const first = this.first[hour];
    if (!first || access.at < first.at || (access.at === first.at && access.id < first.id)) this.first[hour] = access;
  }
}

interface SourceToday {
  readonly whole: Today;
  readonly tenants: Map<string, Today>;
  readonly delays: Delays;
  readonly gaps: StatedGap[];
}

const newSourceToday = (): SourceToday => ({ whole: new Today(), tenants: new Map(), delays: new Delays(), gaps: [] });

interface Source {
  readonly whole: Lane;
  readonly tenants: Map<string, Lane>;
  /** Of the last days, by how much its clock was ahead. */
  readonly ahead: number[];
}

export class SourcePast {
  private readonly known = new Map<string, Source>();
  private readonly open = new Map<number, Map<string, SourceToday>>();
  /** The last arrival of all: no hour is silent that is not over. */
  private latest = 0;

  take(access: JudgedAccess, day: number): void {
    const sources = gotOrMade(this.open, day, () => new Map<string, SourceToday>());
    const today = gotOrMade(sources, access.source, newSourceToday);
    const hour = Math.floor((access.at - day * dayMs) / hourMs);
    today.whole.take(access, hour);
    today.delays.take(access);
    const { id, at, seenAt, missing_before = [] } = access;
    for (const missing of missing_before) today.gaps.push({ id, at, seenAt, missing });
    if (access.seenAt > this.latest) this.latest = access.seenAt;
    if (access.tenant !== unattributed) gotOrMade(today.tenants, access.tenant, () => new Today()).take(access, hour);
  }

  /** The day had at least these hours: some of what was in them is gone. After all that is left was taken. */
  had(day: number, sources: readonly SourceHours[], clients: Lesson['clients']): void {
    const add = (today: Today, seen: readonly number[]) => {
      for (const [hour, count] of seen.entries()) today.seen[hour] = Math.max(today.seen[hour] ?? 0, count);
    };
    const open = gotOrMade(this.open, day, () => new Map<string, SourceToday>());
    for (const { source, seen } of sources) add(gotOrMade(open, source, newSourceToday).whole, seen);
    for (const [tenant, own] of Object.entries(clients))
      for (const { source, seen } of own.sources)
        add(
          gotOrMade(gotOrMade(open, source, newSourceToday).tenants, tenant, () => new Today()),
          seen,
        );
  }

  /** One for each source known, also when it said nothing that day, and for each client that it always speaks of. */
  scenes(day: number, holiday: boolean): SourceScene[] {
    const stated = [...(this.open.get(day) ?? [])].flatMap(([source, { gaps }]) => (gaps.length > 0 ? [source] : []));
    return [...new Set([...this.known.keys(), ...stated])]
      .sort()
      .flatMap((source) => this.scenesOf(source, day, holiday));
  }

  scenesOf(source: string, day: number, holiday: boolean): SourceScene[] {
    const today = this.open.get(day)?.get(source);
    const known = this.known.get(source);
    // Of a source's first day nothing is known here; what is usual in its numbers the edge has learnt.
    if (!known) return today && today.gaps.length > 0 ? [unknownScene(source, day, today)] : [];
    const tomorrow = this.open.get(day + 1)?.get(source);
    const usualAheadMs = this.usualAhead(source);
    const whole: SourceScene = {
      ...laneScene(known.whole, today?.whole, tomorrow?.whole, day, holiday),
      source,
      tenant: undefined,
      around: undefined,
      future: today?.delays.ahead(usualAheadMs) ?? [],
      usualAheadMs,
      gaps: inOrder(today?.gaps ?? []),
      hoursOver: Math.floor((this.latest - day * dayMs) / hourMs),
    };
    const clients = [...known.tenants]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([tenant, lane]): SourceScene[] => {
        const { alike } = lane.usual(day, holiday);
        if (alike.length === 0 || alike.some((seen) => total(seen) < laneMin)) return [];
        const own = laneScene(lane, today?.tenants.get(tenant), tomorrow?.tenants.get(tenant), day, holiday);
        return [{ ...whole, ...own, tenant, around: whole.seen, future: [], gaps: [] }];
      });
    return [whole, ...clients];
  }

  /** Sources that speak of one of these clients, as a rule; all sources for none. */
  sourcesOf(tenants: readonly string[]): string[] {
    return [...this.known]
      .filter(([, { tenants: own }]) => tenants.length === 0 || tenants.some((tenant) => own.has(tenant)))
      .map(([source]) => source)
      .sort();
  }

  lateness(source: string, day: number): Lateness | undefined {
    return this.open.get(day)?.get(source)?.delays.lateness;
  }

  /** Its time cannot be true: from the future, or a week older than what the source otherwise brought of that day. */
  forged({ source, at, seenAt }: JudgedAccess, day: number): boolean {
    return this.open.get(day)?.get(source)?.delays.forged(at, seenAt, this.usualAhead(source)) ?? false;
  }

  private usualAhead(source: string): number {
    const ahead = this.known.get(source)?.ahead ?? [];
    return ahead.length < aheadDaysMin ? 0 : median(ahead);
  }

  /** What a day leaves behind: of all, and of each client. Records of a forged time are left out. */
  seenOn(day: number): { readonly sources: SourceHours[]; readonly clients: ReadonlyMap<string, SourceHours[]> } {
    const clients = new Map<string, SourceHours[]>();
    const sources = [...(this.open.get(day) ?? [])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([source, { whole, tenants, delays }]): SourceHours => {
        for (const [tenant, { seen }] of tenants)
          gotOrMade(clients, tenant, (): SourceHours[] => []).push({ source, seen });
        const seen = [...whole.seen];
        for (const { at } of delays.ahead(this.usualAhead(source))) {
          const hour = Math.floor((at - day * dayMs) / hourMs);
          seen[hour] = Math.max(0, (seen[hour] ?? 0) - 1);
        }
        return { source, seen, ...(delays.aheadMs > 0 && { ahead: delays.aheadMs }) };
      });
    return { sources, clients };
  }

  learn(
    day: number,
    sources: readonly SourceHours[],
    clients: readonly (readonly [string, readonly SourceHours[]])[],
    seenUntil: Instant,
  ): void {
    this.latest = Math.max(this.latest, seenUntil);
    for (const { source, seen, ahead = 0 } of sources) {
      const known = gotOrMade(this.known, source, () => ({ whole: new Lane(), tenants: new Map(), ahead: [] }));
      known.whole.learn(day, seen);
      known.ahead.push(ahead);
      if (known.ahead.length > aheadDaysKept) known.ahead.shift();
      const spoken = new Map(
        clients.flatMap(([tenant, hours]) => {
          const own = hours.find((one) => one.source === source);
          return own ? [[tenant, own.seen] as const] : [];
        }),
      );
      for (const tenant of spoken.keys()) gotOrMade(known.tenants, tenant, () => new Lane());
      for (const [tenant, lane] of known.tenants) {
        lane.learn(day, spoken.get(tenant) ?? noHours);
        if (lane.idle) known.tenants.delete(tenant);
      }
    }
    this.open.delete(day);
  }
}

const inOrder = (gaps: readonly StatedGap[]): StatedGap[] =>
  [...gaps].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.missing.after - b.missing.after));

const unknownScene = (source: string, day: number, { whole, gaps }: SourceToday): SourceScene => ({
  ...laneScene(new Lane(), whole, undefined, day, false),
  ...{ source, tenant: undefined, around: undefined, future: [], usualAheadMs: 0, gaps: inOrder(gaps), hoursOver: 0 },
});

const aheadDaysKept = 30;
/** Before so many days a clock that is ahead is news. */
const aheadDaysMin = 3;

const weekdayOf = (day: number): number => new Date(day * dayMs).getUTCDay();
const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

function laneScene(lane: Lane, here: Today | undefined, next: Today | undefined, day: number, holiday: boolean) {
  const later = next?.first.find((ref) => ref !== undefined);
  return {
    level: 'source' as const,
    day: dayText(day),
    seen: here?.seen ?? noHours,
    ...lane.usual(day, holiday),
    days: lane.days,
    nextAfter: noHours.map((_, hour) => here?.first.slice(hour + 1).find((ref) => ref !== undefined) ?? later),
  };
}
