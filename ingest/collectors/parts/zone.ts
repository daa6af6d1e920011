/** Wall-clock times of an IANA zone to UTC. Intl is asked once per hour of the log, never per record. */
import { Fault } from '../../../core/errors.ts';
import { isZone, offsetMs } from '../../../core/time.ts';
import type { Instant } from '../../../core/types.ts';

export interface Zone {
  /**
   * `local` is the wall clock read as if it were UTC. In the hour that a change back repeats, the later of the two
   * instants that `seenAt` allows; in the hour that a change forward skips, the time the clock would have shown.
   */
  readonly toUtc: (local: Instant, seenAt: Instant) => Instant;
}

const hourMs = 3_600_000;
/** Every offset in use since 1972 is a multiple of a quarter of an hour. */
const quarterMs = 900_000;
/** Hours remembered: a year of a log; a longer one starts over. */
const hoursMax = 10_000;
/** A source's clock may be ahead of ours by this. */
const skewMs = 600_000;

interface Hour {
  readonly quarter: Instant;
  readonly earlier: number;
  readonly later: number;
}

export function openZone(name: string): Zone {
  if (!isZone(name)) throw new Fault('CONFIG_INVALID', `time_zone is not an IANA zone such as Europe/London: ${name}`);
  const offsetAt = (utc: Instant): number => offsetMs(name, utc);
  const hours = new Map<number, Hour>();
  let last: Hour = { quarter: Number.NaN, earlier: 0, later: 0 };

  const hourOf = (local: Instant): Hour => {
    const quarter = Math.floor(local / quarterMs);
    if (quarter === last.quarter) return last;
    const known = hours.get(quarter);
    if (known) {
      last = known;
      return known;
    }
    // The offsets in force a day before and a day after are the only two that can apply; where they differ, each is
    // tried, and holds if the zone agrees with it at the instant it gives.
    const before = offsetAt(local - 24 * hourMs);
    const after = offsetAt(local + 24 * hourMs);
    const begins = quarter * quarterMs;
    const holds = [before, after].filter((offset) => offsetAt(begins - offset) === offset);
    // None holds in a skipped hour: the clock still ran at the old offset.
    const earlier = holds[0] ?? before;
    last = { quarter, earlier, later: holds.at(-1) ?? earlier };
    if (hours.size >= hoursMax) hours.clear();
    hours.set(quarter, last);
    return last;
  };

  return {
    toUtc(local, seenAt) {
      const { earlier, later } = hourOf(local);
      return local - later <= seenAt + skewMs ? local - later : local - earlier;
    },
  };
}
