/** The arithmetic of the drawing: instants to pixels, ticks on a zone's clock, zooming. Pure. */
import { fromLocal, isoOf } from '../../../../core/time.ts';
import { localMs } from '../clock.ts';

export interface Window {
  readonly from: number;
  readonly until: number;
}

const secondMs = 1_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** Zooming further would show nothing new. */
export const windowMsMin = 10 * secondMs;
const tickPixelsMin = 92;
const ticksMax = 100;

export const xOf = ({ from, until }: Window, width: number, at: number): number =>
  ((at - from) / (until - from)) * width;
export const atX = ({ from, until }: Window, width: number, x: number): number =>
  Math.round(from + (x / Math.max(1, width)) * (until - from));

const steps = [
  secondMs,
  5 * secondMs,
  15 * secondMs,
  30 * secondMs,
  minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  30 * minuteMs,
  hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  dayMs,
  2 * dayMs,
  3 * dayMs,
  7 * dayMs,
  14 * dayMs,
  28 * dayMs,
  91 * dayMs,
  364 * dayMs,
];

export interface Tick {
  readonly at: number;
  readonly x: number;
  /** A local midnight: where one day ends and another begins. */
  readonly midnight: boolean;
}

/** Round times of the zone's clock, wide enough apart to be labelled; over a change of the clocks they stay round. */
export function ticks(window: Window, width: number, zone: string): { step: number; ticks: readonly Tick[] } {
  const wanted = ((window.until - window.from) / Math.max(1, width)) * tickPixelsMin;
  const size = steps.find((candidate) => candidate >= wanted) ?? Math.ceil(wanted / dayMs) * dayMs;
  const begin = localMs(zone, window.from);
  const found: Tick[] = [];
  for (let local = Math.ceil(begin / size) * size; found.length < ticksMax; local += size) {
    const at = fromLocal(zone, local);
    if (at >= window.until) break;
    if (at >= window.from) found.push({ at, x: xOf(window, width, at), midnight: local % dayMs === 0 });
  }
  return { step: size, ticks: found };
}

/** Local midnights, unless there are so many that they would be a grey wall. */
export function midnights(window: Window, width: number, zone: string): readonly number[] {
  if ((window.until - window.from) / dayMs > Math.min(ticksMax, width / 6)) return [];
  const found: number[] = [];
  for (let local = Math.ceil(localMs(zone, window.from) / dayMs) * dayMs; ; local += dayMs) {
    const at = fromLocal(zone, local);
    if (at >= window.until) return found;
    found.push(xOf(window, width, at));
  }
}

/** `factor` below 1 zooms in. The instant `around` stays where it is on the screen. */
export function zoomed(window: Window, factor: number, around = (window.from + window.until) / 2): Window {
  const length = Math.max(windowMsMin, (window.until - window.from) * factor);
  const share = (around - window.from) / (window.until - window.from);
  return whole({ from: around - share * length, until: around + (1 - share) * length });
}

/** `by` in lengths of the window; negative is earlier. */
export function moved({ from, until }: Window, by: number): Window {
  const shift = Math.round((until - from) * by);
  return { from: from + shift, until: until + shift };
}

/** Two instants in either order, at least the least window long. */
export function between(a: number, b: number): Window {
  const [from, until] = a < b ? [a, b] : [b, a];
  return until - from >= windowMsMin ? whole({ from, until }) : zoomed({ from, until: until + 1 }, 1, from);
}

/** Whole seconds, so that an address stays readable. */
const whole = ({ from, until }: Window): Window => ({
  from: Math.floor(from / secondMs) * secondMs,
  until: Math.ceil(until / secondMs) * secondMs,
});

export const containing = (a: Window, b: Window): Window => ({
  from: Math.min(a.from, b.from),
  until: Math.max(a.until, b.until),
});

/** The days around some accesses, for a link into the timeline: the days themselves, three before and one after. */
export function spanAround(instants: readonly number[], zone: string): { from?: string; until?: string } {
  if (instants.length === 0) return {};
  const midnight = (at: number, days: number) =>
    fromLocal(zone, (Math.floor(localMs(zone, at) / dayMs) + days) * dayMs);
  return { from: isoOf(midnight(Math.min(...instants), -3)), until: isoOf(midnight(Math.max(...instants), 2)) };
}
