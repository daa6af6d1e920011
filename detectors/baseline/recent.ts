/** The last values of something, one a day, and what is usual among them: median and MAD of ln(1 + x). */
import { median, medianAbsoluteDeviation } from 'simple-statistics';
import type { Level, Usual } from '../../core/scene.ts';

const kept = 40;
const keepDays = 90;
/** Makes the MAD of normal data an estimate of its standard deviation. */
export const madToSigma = 1.4826;
/** So many days' worth of the prior are mixed in. */
const priorDays = 5;

export class Recent {
  private readonly values: number[] = [];
  private readonly days: number[] = [];

  /** `day`: days since the epoch; one that is learnt late takes its place among the others. */
  add(day: number, x: number): void {
    let at = this.days.length;
    while (at > 0 && (this.days[at - 1] ?? day) > day) at -= 1;
    this.values.splice(at, 0, Math.log1p(x));
    this.days.splice(at, 0, day);
    const last = this.lastDay ?? day;
    while (this.values.length > kept || (this.days[0] ?? last) < last - keepDays) {
      this.values.shift();
      this.days.shift();
    }
  }

  get size(): number {
    return this.values.length;
  }

  get lastDay(): number | undefined {
    return this.days[this.days.length - 1];
  }

  /** Days of the last `window` up to `day`. */
  within(day: number, window: number): number {
    let n = 0;
    for (let i = this.days.length - 1; i >= 0 && (this.days[i] ?? 0) > day - window; i -= 1) n += 1;
    return n;
  }

  /** The first and the last so many values, where there are twice as many. */
  ends(n: number): { readonly first: readonly number[]; readonly last: readonly number[] } | undefined {
    if (this.values.length < 2 * n) return undefined;
    return { first: this.values.slice(0, n), last: this.values.slice(-n) };
  }

  usual(prior: { readonly median: number; readonly sigma: number; readonly level: Level }): Usual {
    const n = this.values.length;
    if (n === 0) return { n, level: prior.level, median: prior.median, sigma: prior.sigma };
    const share = n / (n + priorDays);
    const centre = share * median(this.values) + (1 - share) * Math.log1p(prior.median);
    const spread = share * madToSigma * medianAbsoluteDeviation(this.values) + (1 - share) * prior.sigma;
    return { n, level: n >= priorDays ? 'person' : prior.level, median: Math.expm1(centre), sigma: spread };
  }
}

/** A perfectly regular past must not make any change infinite. */
const sigmaMin = 0.35;

/** How many spreads x lies above the usual, on the log scale. */
export const robustZ = (x: number, usual: Usual): number =>
  (Math.log1p(x) - Math.log1p(usual.median)) / Math.max(sigmaMin, usual.sigma);
