/** How long one source's records of one day were on their way, and which carry a time that cannot be true. */
import type { Ref } from '../../core/scene.ts';
import type { Instant } from '../../core/types.ts';

/** Clocks that differ by less are clocks. */
const toleranceMs = 5 * 60_000;
/** So much older than what the source otherwise brought of that day. */
const backdatedMs = 7 * 86_400_000;
const lateFromMs = 3_600_000;
/** From the future: kept by name up to so many a day and source. */
const aheadMax = 5_000;

/** Bins of a signed logarithm of seconds, half a doubling wide: ahead below the middle, late above. */
const bins = 96;
const middle = bins / 2;

export interface Lateness {
  readonly accesses: number;
  /** More than an hour on their way, and the longest. */
  readonly late: number;
  readonly longestMs: number;
}

export class Delays {
  private readonly counts = new Float64Array(bins);
  private readonly fromFuture: Ref[] = [];
  private late = 0;
  private n = 0;
  private longestMs = 0;

  take(ref: Ref): void {
    const delayMs = ref.seenAt - ref.at;
    const bin = binOf(delayMs);
    this.counts[bin] = (this.counts[bin] ?? 0) + 1;
    this.n += 1;
    if (delayMs > lateFromMs) this.late += 1;
    if (delayMs > this.longestMs) this.longestMs = delayMs;
    if (-delayMs > toleranceMs && this.fromFuture.length < aheadMax) this.fromFuture.push(ref);
  }

  get lateness(): Lateness {
    return { accesses: this.n, late: this.late, longestMs: this.longestMs };
  }

  /** Later than they arrived by more than the clock is usually ahead; in order of time. */
  ahead(usualMs: number): Ref[] {
    return this.fromFuture
      .filter(({ at, seenAt }) => at - seenAt > usualMs + toleranceMs)
      .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  /** By how much the clock is ahead: half of the records more, half less; 0 if it is not. */
  get aheadMs(): number {
    return Math.max(0, -this.median);
  }

  forged(at: Instant, seenAt: Instant, usualAheadMs: number): boolean {
    if (at - seenAt > usualAheadMs + toleranceMs) return true;
    return seenAt - at > backdatedMs && seenAt - at > Math.max(0, this.median) + backdatedMs;
  }

  private get median(): number {
    let left = this.n / 2;
    for (let bin = 0; bin < bins; bin += 1) {
      left -= this.counts[bin] ?? 0;
      if (left <= 0) return edgeOf(bin);
    }
    return 0;
  }
}

function binOf(delayMs: number): number {
  const step = Math.min(middle - 1, Math.floor(2 * Math.log2(1 + Math.abs(delayMs) / 1_000)));
  return delayMs < 0 ? middle - 1 - step : middle + step;
}

/** The end of the bin that is farther from nought. */
function edgeOf(bin: number): number {
  const step = bin < middle ? middle - 1 - bin : bin - middle;
  const ms = (2 ** ((step + 1) / 2) - 1) * 1_000;
  return bin < middle ? -ms : ms;
}
