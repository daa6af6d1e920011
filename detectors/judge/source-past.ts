/** How much each source says in each hour of the week: the median of the last weeks, so that one odd week teaches nothing. */
import { median } from 'simple-statistics';
import type { JudgedAccess, Ref, SourceScene } from '../../core/scene.ts';
import { dayMs, dayText } from './who.ts';

const hourMs = 3_600_000;
const weeksKept = 6;
/** Before the same weekday was seen so often, all workdays (or days off) stand for it. */
const weeksMin = 3;

interface Known {
  days: number;
  /** Counts by hour of the day, the last few of each weekday. */
  readonly byWeekday: (readonly number[])[][];
}

interface Today {
  readonly seen: number[];
  /** By hour, the access that was first in it. */
  readonly first: (Ref | undefined)[];
}

export class SourcePast {
  private readonly known = new Map<string, Known>();
  private readonly open = new Map<number, Map<string, Today>>();

  take(access: JudgedAccess, day: number): void {
    const sources = this.open.get(day) ?? new Map<string, Today>();
    this.open.set(day, sources);
    const today = sources.get(access.source) ?? { seen: new Array(24).fill(0), first: new Array(24).fill(undefined) };
    sources.set(access.source, today);
    const hour = Math.floor((access.at - day * dayMs) / hourMs);
    today.seen[hour] = (today.seen[hour] ?? 0) + 1;
    const first = today.first[hour];
    if (!first || access.at < first.at || (access.at === first.at && access.id < first.id)) today.first[hour] = access;
  }

  /** One for each source known, also when it said nothing that day. */
  scenes(day: number): SourceScene[] {
    const today = this.open.get(day);
    const tomorrow = this.open.get(day + 1);
    return [...this.known]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([source, known]) => {
        const here = today?.get(source);
        const later = tomorrow?.get(source)?.first.find((ref) => ref !== undefined);
        return {
          level: 'source',
          day: dayText(day),
          source,
          seen: here?.seen ?? new Array(24).fill(0),
          ...usualOn(known, day),
          days: known.days,
          nextAfter: Array.from(
            { length: 24 },
            (_, hour) => here?.first.slice(hour + 1).find((ref) => ref !== undefined) ?? later,
          ),
        };
      });
  }

  /** What a day leaves behind. */
  seenOn(day: number): { readonly source: string; readonly seen: readonly number[] }[] {
    return [...(this.open.get(day) ?? [])]
      .map(([source, { seen }]) => ({ source, seen }))
      .sort((a, b) => (a.source < b.source ? -1 : 1));
  }

  learn(day: number, sources: readonly { readonly source: string; readonly seen: readonly number[] }[]): void {
    for (const { source, seen } of sources) {
      const known = this.known.get(source) ?? { days: 0, byWeekday: Array.from({ length: 7 }, () => []) };
      this.known.set(source, known);
      known.days += 1;
      const same = known.byWeekday[weekdayOf(day)] ?? [];
      same.push(seen);
      if (same.length > weeksKept) same.shift();
    }
    this.open.delete(day);
  }
}

const weekdayOf = (day: number): number => new Date(day * dayMs).getUTCDay();

/** Of all days alike (workdays, or days off) that are kept: the median of each hour, and the days. */
function usualOn({ byWeekday }: Known, day: number): Pick<SourceScene, 'expected' | 'alike'> {
  const own = byWeekday[weekdayOf(day)] ?? [];
  const off = (weekday: number) => weekday === 0 || weekday === 6;
  const alike = byWeekday.filter((_, weekday) => off(weekday) === off(weekdayOf(day))).flat();
  const basis = own.length >= weeksMin ? own : alike;
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  return {
    expected: hours.map((hour) => (basis.length === 0 ? 0 : median(basis.map((seen) => seen[hour] ?? 0)))),
    alike,
  };
}
