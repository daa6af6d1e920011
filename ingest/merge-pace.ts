/**
 * Which lanes land their next merge now. An insert costs the server about the same whatever its size, so the faster
 * records come, the longer a merge waits to become larger; when few come, none waits long. Pure: the clock is given.
 */
import type { Instant } from '../core/types.ts';
import type { Load } from './merge-queue.ts';

/** Up to so many records a second a merge waits no longer than its least age; from there on longer, by `steepness` times that age for as many more. */
export const unhurriedRowsPerSecond = 1_000;
const steepness = 3;
export const ageMsMax = 30_000;
/** A few lanes need not wait long for their merges to be few. */
export const mergesPerSecondLoaded = 8;
/** How fast the measure of records a second forgets. */
const memoryMs = 2_000;
/** Of merges so small that the rows cost the server less than the inserts and questions do. */
export const smallMergesPerSecondMax = 40;
/** And while records come fast, when there will be large ones soon. */
export const smallMergesPerSecondLoaded = 15;
export const smallMergeRows = 1_000;
/** With so much waiting in memory, sealed, the largest merges go whatever their age. */
export const waitingBytesMax = 20 * 1024 * 1024;
/** And with such a share of all that the bus hands over: less than the half at which it goes on. Else both would wait, one for the other. */
const waitingShareMax = 3 / 8;

export interface Waiting {
  readonly load: Load;
  readonly busy: boolean;
  dueSince(now: Instant, ageMs: number): Instant | undefined;
}

interface Due<Lane> {
  readonly lane: Lane;
  /** The age its merge needs now. */
  readonly ageMs: number;
}

export class MergePace {
  readonly #ageMsMin: number;
  readonly #waitingBytesMax: number;
  #rowsPerSecond = 0;
  /** As many as there were when they were last looked at. */
  #lanes = Number.POSITIVE_INFINITY;
  #measuredAt: Instant;
  #allowance = smallMergesPerSecondMax;
  #allowedAt: Instant;

  /** `heldBytesMax`: see `Bus`. */
  constructor(ageMsMin: number, now: Instant, heldBytesMax = Number.POSITIVE_INFINITY) {
    this.#ageMsMin = ageMsMin;
    this.#waitingBytesMax = Math.min(waitingBytesMax, heldBytesMax * waitingShareMax);
    this.#measuredAt = now;
    this.#allowedAt = now;
  }

  arrived(rows: number, now: Instant): void {
    this.#rowsPerSecond = this.#rateAt(now) + (rows * 1_000) / memoryMs;
    this.#measuredAt = now;
  }

  /** How long a merge that is not full waits, as things are. */
  ageMs(now: Instant): number {
    const excess = this.#rateAt(now) / unhurriedRowsPerSecond - 1;
    const loadedMs = this.#ageMsMin * (1 + steepness * Math.max(0, excess));
    const fewLanesMs = (this.#lanes * 1_000) / mergesPerSecondLoaded;
    return Math.max(this.#ageMsMin, Math.min(ageMsMax, loadedMs, fewLanesMs));
  }

  /** How long a lane may be left alone on a bus that keeps what comes: not at all while records come slowly. */
  restMs(now: Instant): number {
    const ageMs = this.ageMs(now);
    return ageMs > this.#ageMsMin ? ageMs : 0;
  }

  /** At most `limit`: first those that have waited long enough, oldest first, then, where memory is short, the largest. */
  due<Lane extends Waiting>(lanes: Iterable<Lane>, limit: number, now: Instant, hurried: boolean): Due<Lane>[] {
    this.#allow(now);
    const all = [...lanes];
    this.#lanes = all.length;
    const ageMs = hurried ? 0 : this.ageMs(now);
    const aged: { lane: Lane; ageMs: number; load: Load; since: Instant }[] = [];
    const young: { lane: Lane; ageMs: number; load: Load }[] = [];
    let bytes = 0;
    for (const lane of all) {
      const { load } = lane;
      bytes += load.bytes;
      const since = lane.dueSince(now, ageMs);
      if (since !== undefined) aged.push({ lane, ageMs, load, since });
      else if (!lane.busy && load.rows > 0) young.push({ lane, ageMs: 0, load });
    }
    aged.sort((a, b) => a.since - b.since);
    const short = bytes >= this.#waitingBytesMax ? young.sort((a, b) => b.load.bytes - a.load.bytes) : [];
    const chosen: Due<Lane>[] = [];
    for (const { lane, load, ageMs: its } of [...aged, ...short]) {
      if (chosen.length >= limit) break;
      if (load.rows < smallMergeRows) {
        if (this.#allowance < 1) continue;
        this.#allowance -= 1;
      }
      chosen.push({ lane, ageMs: its });
    }
    return chosen;
  }

  #allow(now: Instant): void {
    const isLoaded = this.#rateAt(now) > unhurriedRowsPerSecond;
    const perSecond = isLoaded ? smallMergesPerSecondLoaded : smallMergesPerSecondMax;
    this.#allowance = Math.min(perSecond, this.#allowance + (perSecond * (now - this.#allowedAt)) / 1_000);
    this.#allowedAt = now;
  }

  #rateAt(now: Instant): number {
    return this.#rowsPerSecond * Math.exp((this.#measuredAt - now) / memoryMs);
  }
}
