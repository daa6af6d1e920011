/** How detectors put numbers into words, and how they name the accesses behind them. */
import type { Finding, Ref, Usual } from '../../core/scene.ts';

/** More ids than that say no more to a reader; the count is in the sentence. */
const accessesMax = 5_000;

const smallest = 1e-12;

export const minusLog = (p: number): number => -Math.log10(Math.max(smallest, Math.min(1, p)));

export const percent = (p: number): string => {
  const value = 100 * p;
  return `${value >= 10 ? Math.round(value) : value.toPrecision(2)} %`;
};

/** `usually 4 to 18 (from 23 days of the person)` */
export function usually({ n, level, median, sigma }: Usual): string {
  const low = Math.max(0, Math.round(Math.expm1(Math.log1p(median) - sigma)));
  const high = Math.round(Math.expm1(Math.log1p(median) + sigma));
  return `usually ${low} to ${high} (from ${n} days of the ${level})`;
}

/**
 * The accesses behind a finding, and which arrival decided: by default the middle one, when half of what makes the
 * number was there.
 */
export function evidence(
  refs: readonly Ref[],
  decisive = Math.ceil(refs.length / 2),
): Pick<Finding, 'accesses' | 'decidedAt'> {
  const arrivals = refs.map(({ seenAt }) => seenAt).sort((a, b) => a - b);
  return {
    accesses: refs.slice(0, accessesMax).map(({ id }) => id),
    decidedAt: arrivals[Math.max(0, Math.min(arrivals.length, decisive) - 1)] ?? 0,
  };
}
