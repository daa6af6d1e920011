/**
 * Instants, zones and the ways people write them. Instants are ms since the epoch, UTC; a zone is an IANA name
 * (https://www.iana.org/time-zones) as Intl knows it. A local time is given as the ms that the same clock face would
 * have in UTC, so that it can be computed with.
 */
import { Fault } from './errors.ts';
import type { Instant } from './types.ts';

const dayMs = 86_400_000;
/** No zone has changed its offset at another moment than a quarter of an hour since 1972. */
const bucketMs = 900_000;
const bucketsMax = 65_536;
const zonesMax = 512;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
  lastBucket: number;
  lastOffset: number;
}

const zones = new Map<string, Zone>();

/** Throws CONFIG_INVALID for a name that is no zone; check with `isZone` where the name comes from a file. */
function zoneNamed(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new Fault('CONFIG_INVALID', `\`${name}\` is not a time zone; write one as Europe/London or UTC`, {}, cause);
  }
  const zone: Zone = { format, offsets: new Map(), lastBucket: Number.NaN, lastOffset: 0 };
  if (zones.size >= zonesMax) zones.clear();
  zones.set(name, zone);
  return zone;
}

export function isZone(name: string): boolean {
  try {
    zoneNamed(name);
    return true;
  } catch {
    return false;
  }
}

/** How far the zone's clocks are ahead of UTC at that instant, in ms (negative west of Greenwich). */
export function offsetMs(zone: string, at: Instant): number {
  const z = zoneNamed(zone);
  const bucket = Math.floor(at / bucketMs);
  if (bucket === z.lastBucket) return z.lastOffset;
  let offset = z.offsets.get(bucket);
  if (offset === undefined) {
    offset = lookUp(z.format, bucket * bucketMs);
    if (z.offsets.size >= bucketsMax) z.offsets.clear();
    z.offsets.set(bucket, offset);
  }
  z.lastBucket = bucket;
  z.lastOffset = offset;
  return offset;
}

function lookUp(format: Intl.DateTimeFormat, at: Instant): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = value;
  const number = (name: string) => Number(parts[name]);
  const year = parts['era'] === 'BC' ? 1 - number('year') : number('year');
  const date = new Date(0);
  date.setUTCFullYear(year, number('month') - 1, number('day'));
  date.setUTCHours(number('hour'), number('minute'), number('second'));
  return date.getTime() - Math.floor(at / 1_000) * 1_000;
}

/**
 * The instant at which the zone's clocks showed `local`. A time that came twice (clocks put back) is the first of the
 * two; a time that never came (clocks put forward) is as much later as was left out: what java.time and Temporal do.
 */
export function fromLocal(zone: string, local: number): Instant {
  const before = offsetMs(zone, local - dayMs);
  const after = offsetMs(zone, local + dayMs);
  const first = local - Math.max(before, after);
  if (offsetMs(zone, first) === Math.max(before, after)) return first;
  const second = local - Math.min(before, after);
  if (offsetMs(zone, second) === Math.min(before, after)) return second;
  return local - before;
}

const toLocal = (zone: string, at: Instant): number => at + offsetMs(zone, at);

/** `YYYY-MM-DD` in the zone. */
export const localDate = (zone: string, at: Instant): string => isoOf(toLocal(zone, at)).slice(0, 10);

/** The instant a local day begins; `days` later if given (so `localMidnight(zone, date, 1)` is its end). */
export function localMidnight(zone: string, date: string, days = 0): Instant {
  return fromLocal(zone, dayOf(date) + days * dayMs);
}

/** `YYYY-MM-DD` as ms UTC, NaN for a date no calendar has. */
function dayOf(date: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date ? Number.NaN : ms;
}

export const isDate = (text: string): boolean => !Number.isNaN(dayOf(text));

/** `2026-03-04 09:15:02 +01:00 Europe/Berlin`: a reader sees the clock, its offset and where that clock hangs. */
export function formatInZone(at: Instant, zone: string): string {
  const offset = offsetMs(zone, at);
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const hhmm = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const clock = isoOf(at + offset);
  return `${clock.slice(0, 10)} ${clock.slice(11, 19)} ${offset < 0 ? '-' : '+'}${hhmm} ${zone}`;
}

/** Remembers its last two answers. Two, because a record's time and its arrival are asked for in turn. */
function lastTwo(answer: (asked: number) => string): (asked: number) => string {
  let first = Number.NaN;
  let second = Number.NaN;
  let firstText = '';
  let secondText = '';
  let firstIsOlder = true;
  return (asked) => {
    if (asked === first) return firstText;
    if (asked === second) return secondText;
    const text = answer(asked);
    if (firstIsOlder) [first, firstText] = [asked, text];
    else [second, secondText] = [asked, text];
    firstIsOlder = !firstIsOlder;
    return text;
  };
}

const minuteText = lastTwo((minute) => new Date(minute * 60_000).toISOString().slice(0, -7));

/** ISO 8601, UTC, milliseconds, `Z`: as `Date#toISOString`, several times faster for times that lie close together. */
export const isoOf: (at: Instant) => string = lastTwo((at) => {
  const minute = Math.floor(at / 60_000);
  const ms = Math.trunc(at - minute * 60_000);
  // A leading 1 keeps the zeros: 9,015 ms is 109015, of which "09" and "015" are the parts.
  const digits = (100_000 + ms).toString();
  return `${minuteText(minute)}${digits.slice(1, 3)}.${digits.slice(3)}Z`;
});

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** An RFC 3339 date-time (seconds may be left out) as an instant, or NaN. */
export function parseTimestamp(text: string): Instant {
  if (!rfc3339.test(text) || !isDate(text.slice(0, 10))) return Number.NaN;
  return Date.parse(text.replace(' ', 'T').toUpperCase());
}

const unitMs = { m: 60_000, h: 3_600_000, d: dayMs, w: 7 * dayMs } as const;

/**
 * What a person writes for `--from` and `--to`: an RFC 3339 date-time, a date (its midnight in `zone`; the end of that
 * day for the edge `to`), `now`, or a time before now as `-90m`, `-6h`, `-7d`, `-2w`. Throws USAGE for anything else.
 */
export function parseInstant(text: string, options: { now: Instant; zone: string; edge: 'from' | 'to' }): Instant {
  const { now, zone, edge } = options;
  if (text === 'now') return now;
  const away = /^([+-])(\d{1,6})([mhdw])$/.exec(text);
  if (away) return now + Number(`${away[1]}${away[2]}`) * unitMs[away[3] as keyof typeof unitMs];
  if (isDate(text)) return localMidnight(zone, text, edge === 'to' ? 1 : 0);
  const at = parseTimestamp(text);
  if (!Number.isNaN(at)) return at;
  throw new Fault(
    'USAGE',
    `\`${text}\` is not a time; write 2026-03-04, 2026-03-04T09:15:00Z, or a time before now as -7d`,
  );
}
