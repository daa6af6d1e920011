/** Upper tails of count distributions: P(X >= k). */
import { gammaln } from 'simple-statistics';

const termsMax = 10_000;
const negligible = 1e-17;

/**
 * Negative binomial with mean `mu` and size `r` (variance mu + mu²/r): a Poisson whose mean is itself uncertain, so
 * that a rate learnt from little does not make small excesses look impossible.
 */
export function negativeBinomialTail(k: number, mu: number, r: number): number {
  if (k <= 0) return 1;
  if (mu <= 0) return 0;
  const q = mu / (mu + r);
  const first = Math.exp(gammaln(k + r) - gammaln(r) - gammaln(k + 1) + r * Math.log(1 - q) + k * Math.log(q));
  return sumFrom(k, first, (i) => ((i + r) / (i + 1)) * q);
}

function sumFrom(k: number, first: number, ratio: (i: number) => number): number {
  let term = first;
  let sum = 0;
  for (let i = k; i < k + termsMax && term > sum * negligible; i += 1) {
    sum += term;
    term *= ratio(i);
  }
  return Math.min(1, sum);
}
