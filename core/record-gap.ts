/** A hole in a log's record numbers as a sentence, and the times that such a sentence names: written and read back in one place. */
import type { Instant, MissingRecords } from './types.ts';

/** The detector whose findings these are. */
export const recordGapDetector = 'record-gap';

/** More holes of one day are counted and not told one by one. */
const toldMax = 20;
const nameMax = 100;

/** A source gives a log its name: what would not print is left out of the sentence. */
const nameOf = (series: string): string => series.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').slice(0, nameMax);

const stampOf = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)}`;

/** `120 numbers of FS3/Security never came, after 2275386 and before 2275507, written 2026-03-04 09:10:02 to 2026-03-04 11:02:10 UTC`. */
export function recordGapText(gaps: readonly MissingRecords[]): string {
  const told = gaps
    .slice(0, toldMax)
    .map(
      ({ series, missing, after, before, from, until }) =>
        `${missing} numbers of ${nameOf(series)} never came, after ${after} and before ${before}, written ${stampOf(from)} to ${stampOf(until)} UTC`,
    );
  return [...told, ...(gaps.length > toldMax ? [`and ${gaps.length - toldMax} holes more`] : [])].join('; ');
}

/** Every stretch that the text names; to the second, so that it ends with the second it names. */
export function recordGapsIn(text: string): { readonly from: Instant; readonly until: Instant }[] {
  const stamp = '(\\d{4}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d)';
  return [...text.matchAll(new RegExp(`, written ${stamp} to ${stamp} UTC`, 'g'))].map(
    ([, day, clock, last, ended]) => ({
      from: Date.parse(`${day}T${clock}Z`),
      until: Date.parse(`${last}T${ended}Z`) + 1_000,
    }),
  );
}
