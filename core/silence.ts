/** A source's silence as a sentence, and the hours that such a sentence names: written and read back in one place. */
import type { Instant } from './types.ts';

/** The detector whose findings these are. */
export const silenceDetector = 'log-silence';

const hourMs = 3_600_000;

export interface SilentHours {
  /** Hour of the day, UTC. */
  readonly from: number;
  readonly hours: number;
  readonly seen: number;
  readonly expected: number;
}

const clockOf = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** `0 accesses in 4 hours from 09:00 UTC (1200 are usual)`, several joined by `, `. */
export const silentText = (silences: readonly SilentHours[]): string =>
  silences
    .map(
      ({ from, hours, seen, expected }) =>
        `${seen} accesses in ${hours} hours from ${clockOf(from)} UTC (${expected} are usual)`,
    )
    .join(', ');

/** Every stretch that the text names, on that day (`YYYY-MM-DD`). */
export function silencesIn(text: string, day: string): { readonly from: Instant; readonly until: Instant }[] {
  return [...text.matchAll(/in (\d+) hours from (\d\d):00 UTC/g)].map(([, hours = '0', hour = '0']) => {
    const from = Date.parse(`${day}T${hour}:00:00Z`);
    return { from, until: from + Number(hours) * hourMs };
  });
}
