/**
 * Times as records write them, at fixed positions and checked digit by digit: `Date.parse` guesses (31 February is 3 March
 * to it, a zone-less time is this machine's), and costs more than the rest of a record. What is no date is `NaN`.
 */
import type { Instant } from '../../../core/types.ts';
import type { Zone } from './zone.ts';

const dayMs = 86_400_000;
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Clocks of a source may be ahead of ours by this and a stamp still counts as past. */
const aheadMs = 2 * dayMs;

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    // `!(…)` because a position past the end is NaN, which every comparison denies.
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

const leap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function dayOf(year: number, month: number, day: number): Instant {
  const last = month === 2 && !leap(year) ? 28 : monthDays[month - 1];
  if (last === undefined || !(day >= 1 && day <= last) || !(year >= 1970)) return Number.NaN;
  return Date.UTC(year, month - 1, day);
}

// Records come in order of time, so the day is nearly always the day of the one before.
let lastDate = 0;
let lastDay = Number.NaN;

/** `YYYY-MM-DD` at `from`, to the instant its UTC day begins. */
function dateAt(text: string, from: number): Instant {
  if (text.charCodeAt(from + 4) !== 45 || text.charCodeAt(from + 7) !== 45) return Number.NaN;
  const year = digits(text, from, 4);
  const month = digits(text, from + 5, 2);
  const day = digits(text, from + 8, 2);
  const date = (year * 100 + month) * 100 + day;
  if (date === lastDate) return lastDay;
  const begins = dayOf(year, month, day);
  if (Number.isNaN(begins)) return begins;
  lastDate = date;
  lastDay = begins;
  return begins;
}

/** `HH:MM:SS` at `from`, to milliseconds of the day. A leap second counts as the second before it. */
function clockAt(text: string, from: number): number {
  if (text.charCodeAt(from + 2) !== 58 || text.charCodeAt(from + 5) !== 58) return Number.NaN;
  const hour = digits(text, from, 2);
  const minute = digits(text, from + 3, 2);
  const second = digits(text, from + 6, 2);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return Number.NaN;
  return (hour * 60 + minute) * 60_000 + Math.min(second, 59) * 1_000;
}

/** A stamp read off the front of a text, and where it ended. */
export interface Stamp {
  /** `NaN` when it is no date. */
  readonly at: Instant;
  readonly end: number;
}

const noStamp: Stamp = { at: Number.NaN, end: 0 };

/**
 * `YYYY-MM-DD` `T` or space `HH:MM:SS[.fraction]` at `from`, as if UTC; `end` is where an offset would begin.
 * Fractions finer than a millisecond are cut, not rounded, as every reference does.
 */
export function localStamp(text: string, from: number): Stamp {
  const between = text.charCodeAt(from + 10);
  if (between !== 84 && between !== 32) return noStamp;
  const at = dateAt(text, from) + clockAt(text, from + 11);
  if (Number.isNaN(at)) return noStamp;
  let end = from + 19;
  const mark = text.charCodeAt(end);
  if (mark !== 46 && mark !== 44) return { at, end };
  let ms = 0;
  let places = 0;
  for (end += 1; ; end += 1) {
    const digit = text.charCodeAt(end) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    if (places < 3) ms = ms * 10 + digit;
    places += 1;
  }
  if (places === 0 || places > 9) return noStamp;
  for (; places < 3; places += 1) ms *= 10;
  return { at: at + ms, end };
}

/** `±HH`, `±HHMM` or `±HH:MM` at `from`. */
function offsetAt(text: string, from: number): Stamp {
  const sign = text.charCodeAt(from) === 45 ? -1 : 1;
  const hours = digits(text, from + 1, 2);
  if (!(hours <= 15)) return noStamp;
  const colon = text.charCodeAt(from + 3) === 58 ? 1 : 0;
  const minutes = digits(text, from + 3 + colon, 2);
  if (Number.isNaN(minutes)) return colon === 1 ? noStamp : { at: sign * hours * 3_600_000, end: from + 3 };
  if (minutes > 59) return noStamp;
  return { at: sign * (hours * 60 + minutes) * 60_000, end: from + 5 + colon };
}

/** RFC 3339 and its neighbours at `from`: with `Z`, an offset, or neither (then `zone` says; absent: UTC). */
export function isoStamp(text: string, from: number, zone: Zone | undefined, seenAt: Instant): Stamp {
  const local = localStamp(text, from);
  if (Number.isNaN(local.at)) return local;
  const mark = text.charCodeAt(local.end);
  if (mark === 90) return { at: local.at, end: local.end + 1 };
  if (mark === 43 || mark === 45) {
    const offset = offsetAt(text, local.end);
    return Number.isNaN(offset.at) ? noStamp : { at: local.at - offset.at, end: offset.end };
  }
  return { at: zone === undefined ? local.at : zone.toUtc(local.at, seenAt), end: local.end };
}

/** A whole text that is one ISO stamp and nothing else. */
export function isoInstant(text: string, zone: Zone | undefined, seenAt: Instant): Instant {
  const { at, end } = isoStamp(text, 0, zone, seenAt);
  return end === text.length ? at : Number.NaN;
}

/** Three letters, either case, as one number. */
const letters = (text: string, from: number) =>
  ((text.charCodeAt(from) << 16) | (text.charCodeAt(from + 1) << 8) | text.charCodeAt(from + 2)) & 0xdf_dfdf;

const months = new Map(
  ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'].map((name, i) => [
    letters(name, 0),
    i + 1,
  ]),
);

const monthAt = (text: string, from: number): number => months.get(letters(text, from)) ?? Number.NaN;

/**
 * `Mmm [d]d HH:MM:SS` at `from` (RFC 3164 section 4.1.2), which has neither year nor zone: the nearest year that puts it
 * not more than two days after `seenAt`.
 */
export function bsdStamp(text: string, from: number, zone: Zone | undefined, seenAt: Instant): Stamp {
  const month = monthAt(text, from);
  if (Number.isNaN(month) || text.charCodeAt(from + 3) !== 32) return noStamp;
  // The day is padded with a space by the RFC, with a zero by some, and not at all by others.
  let day = from + 4;
  if (text.charCodeAt(day) === 32) day += 1;
  const two = text.charCodeAt(day + 1) !== 32;
  const date = digits(text, day, two ? 2 : 1);
  const clock = day + (two ? 2 : 1);
  if (text.charCodeAt(clock) !== 32) return noStamp;
  const time = clockAt(text, clock + 1);
  if (Number.isNaN(time) || Number.isNaN(date)) return noStamp;
  const latest = seenAt + aheadMs;
  const first = new Date(latest).getUTCFullYear() + 1;
  // Nine back, so that 29 February finds its leap year across 1900 and 2100 too.
  for (let year = first; year > first - 10; year -= 1) {
    const begins = dayOf(year, month, date);
    if (Number.isNaN(begins)) continue;
    const at = zone === undefined ? begins + time : zone.toUtc(begins + time, seenAt);
    if (at <= latest) return { at, end: clock + 9 };
  }
  return noStamp;
}

/** Where the digits that begin at `from` end. */
export function digitsEnd(text: string, from: number): number {
  let end = from;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code < 48 || code > 57) break;
  }
  return end;
}
