/**
 * How often a count is at least x: learnt from the firm's own past as a decayed histogram on a log scale, and smoothed
 * by a Pareto prior, so that it says something on the first day and goes on falling beyond what was ever seen.
 */
const binsPerDoubling = 16;
const binsMax = 256;

export interface Tail {
  add(x: number, weight?: number): void;
  /** Forgets: everything learnt so far counts that much. Called once a day. */
  decay(factor: number): void;
  /** P(X >= x). */
  p(x: number): number;
  /** Weight of what was learnt. */
  n(): number;
}

const binOf = (x: number) => Math.min(binsMax - 1, Math.floor(Math.log2(1 + Math.max(0, x)) * binsPerDoubling));

/** `prior(x)` must fall with x; it weighs as much as `weight` observations. */
export function createTail(prior: (x: number) => number, weight: number): Tail {
  const bins = new Float64Array(binsMax);
  let total = 0;
  return {
    add(x, w = 1) {
      const bin = binOf(x);
      bins[bin] = (bins[bin] ?? 0) + w;
      total += w;
    },
    decay(factor) {
      for (let i = 0; i < binsMax; i += 1) bins[i] = (bins[i] ?? 0) * factor;
      total *= factor;
    },
    p(x) {
      let above = 0;
      for (let i = binOf(x); i < binsMax; i += 1) above += bins[i] ?? 0;
      return (above + weight * prior(x)) / (total + weight);
    },
    n: () => total,
  };
}

/** P(Z >= z), falling tenfold each `scale`. */
export const exponential = (scale: number) => (x: number) => 10 ** (-Math.max(0, x) / scale);
