/**
 * Which lanes land their next merge now. An insert costs the server about the same whatever its size, so the faster
 * records come, the longer a merge waits to become larger; when few come, none waits long. Pure: the clock is given.
 */
import type { Instant } from '../core/types.ts';
import type { Load } from './merge-queue.ts';
import { RecentMean } from './recent-mean.ts';

/** Up to so many records a second a merge waits no longer than its least age; from there on longer, by `steepness` times that age for as many more. */
export const unhurriedRowsPerSecond = 1_000;
const steepness = 3;
export const ageMsMax = 30_000;
/** A few lanes need not wait long for their merges to be few. */
export const mergesPerSecondLoaded = 8;
/** How fast a measure of rows a second forgets: what is handed over, and what comes to the bus, which may be in large pieces with seconds between. */
const memoryMs = 2_000;
const longMemoryMs = 5_000;
/** Such a share of the age its merge will have a lane is left on the bus; what is left of it is for fetching. */
const restShare = 4 / 5;
/** Of merges so small that the rows cost the server less than the inserts and questions do. */
export const smallMergesPerSecondMax = 40;
/** And while records come fast, when there will be large ones soon. */
export const smallMergesPerSecondLoaded = 15;
export const smallMergeRows = 1_000;
/** With so much waiting in memory, sealed, the largest merges go whatever their age. */
export const waitingBytesMax = 20 * 1024 * 1024;
/** And with such a share of all that the bus hands over: less than the half at which it goes on. Else both would wait, one for the other. */
const waitingShareMax = 3 / 8;
/** Up to this share, small ones do not go before their time while records come fast: more of their lane comes soon. */
const smallShareMax = 3 / 4;

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

/** Rows a second, of late. */
class Rate {
  #perSecond = 0;
  #at: Instant;
  readonly #memoryMs: number;

  constructor(now: Instant, memory: number) {
    this.#at = now;
    this.#memoryMs = memory;
  }

  add(rows: number, now: Instant): void {
    this.#perSecond = this.perSecond(now) + (rows * 1_000) / this.#memoryMs;
    this.#at = now;
  }

  perSecond(now: Instant): number {
    return this.#perSecond * Math.exp((this.#at - now) / this.#memoryMs);
  }
}

export class MergePace {
  readonly #ageMsMin: number;
  readonly #waitingBytesMax: number;
  readonly #smallBytesMax: number;
  /** Handed over, and come to the bus where it says so. */
  readonly #handed: Rate;
  readonly #came: Rate;
  readonly #rowsOfBatch = new RecentMean();
  /** As many as there were when they were last looked at. */
  #lanes = Number.POSITIVE_INFINITY;
  #lanesWaiting = 0;
  #allowance = smallMergesPerSecondMax;
  #allowedAt: Instant;

  /** `heldBytesMax`: see `Bus`. */
  constructor(ageMsMin: number, now: Instant, heldBytesMax = Number.POSITIVE_INFINITY) {
    this.#ageMsMin = ageMsMin;
    this.#waitingBytesMax = Math.min(waitingBytesMax, heldBytesMax * waitingShareMax);
    this.#smallBytesMax = Math.min(waitingBytesMax, heldBytesMax * smallShareMax);
    this.#handed = new Rate(now, memoryMs);
    this.#came = new Rate(now, longMemoryMs);
    this.#allowedAt = now;
  }

  /** A batch was handed over. */
  arrived(rows: number, now: Instant): void {
    this.#handed.add(rows, now);
    this.#rowsOfBatch.add(rows);
  }

  /** So many batches came to the bus, handed over already or not, and on so many lanes there are some now. */
  came(batches: number, lanes: number, now: Instant): void {
    this.#lanesWaiting = lanes;
    this.#came.add(batches * this.#rowsOfBatch.value, now);
  }

  /** How long a merge that is not full waits, as things are. */
  ageMs(now: Instant): number {
    const excess = this.#rateAt(now) / unhurriedRowsPerSecond - 1;
    const loadedMs = this.#ageMsMin * (1 + steepness * Math.max(0, excess));
    const fewLanesMs = (Math.max(this.#lanes, this.#lanesWaiting) * 1_000) / mergesPerSecondLoaded;
    return Math.max(this.#ageMsMin, Math.min(ageMsMax, loadedMs, fewLanesMs));
  }

  /** How long a lane may be left alone on a bus that keeps what comes: not at all while records come slowly. */
  restMs(now: Instant): number {
    const ageMs = this.ageMs(now);
    return ageMs > this.#ageMsMin ? ageMs * restShare : 0;
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
    const rests = this.restMs(now) > 0;
    // A small one that is due may still be joined by what lies on the bus, while there is something larger to do.
    const turnOf = ({ since, load }: { since: Instant; load: Load }) =>
      rests && load.rows < smallMergeRows ? since + ageMs : since;
    aged.sort((a, b) => turnOf(a) - turnOf(b));
    const isCrowded = bytes >= this.#waitingBytesMax;
    const smallToo = bytes >= this.#smallBytesMax || !rests;
    const short = isCrowded ? young.filter(({ load }) => smallToo || load.rows >= smallMergeRows) : [];
    short.sort((a, b) => b.load.bytes - a.load.bytes);
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
    return Math.max(this.#handed.perSecond(now), this.#came.perSecond(now));
  }
}
