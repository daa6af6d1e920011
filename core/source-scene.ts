/** What a detector sees of a source itself: hours and clocks, nothing of what was accessed. */
import type { Ref } from './scene.ts';
import type { MissingRecords } from './types.ts';

/** The access that stated it, and what it stated. */
export interface StatedGap extends Ref {
  readonly missing: MissingRecords;
}

/** One source on one UTC day: all of it, or what it said of one client. */
export interface SourceScene {
  readonly level: 'source';
  readonly day: string;
  readonly source: string;
  /** Undefined: the whole source. */
  readonly tenant: string | undefined;
  /** Accesses by hour of the day (UTC), and how many are expected in each. */
  readonly seen: readonly number[];
  readonly expected: readonly number[];
  /** Of one client: what the whole source said by hour. */
  readonly around: readonly number[] | undefined;
  /** Accesses by hour of each kept day alike (workdays, or days off; on a holiday all), holidays included. */
  readonly alike: readonly (readonly number[])[];
  /** Days behind the expectation. */
  readonly days: number;
  /** Hours of the day that are over, as the last arrival of any source says; may be more than 24. */
  readonly hoursOver: number;
  /** Arrival and time of the first access after each hour; undefined: none yet. */
  readonly nextAfter: readonly (Ref | undefined)[];
  /** Accesses dated after their own arrival, by more than the clock is usually ahead. */
  readonly future: readonly Ref[];
  readonly usualAheadMs: number;
  /** Of the whole source: numbered records that never came, as stated that day, in order of time. */
  readonly gaps: readonly StatedGap[];
}
