/**
 * Turns what a detector's model claims into what this firm has seen: −log10 of the share of past days with a claim at
 * least as high. Until the firm has a past, the claim itself is believed.
 */
import type { Finding } from '../../core/scene.ts';
import { createTail, exponential, type Tail } from '../baseline/tail.ts';
import { minusLog } from './say.ts';

/** The claim itself weighs as much as so many days of one person. */
const claimWeight = 50;
/** Per day: what is 30 days old counts half. */
const forget = 0.5 ** (1 / 30);

/** Scenes the share is of: every actor's day, or those with something unexplained. */
export type Given = 'any' | 'unexplained';

export interface Calibration {
  /** `score`: calibrated. */
  score(detector: string, claim: number): number;
  /** The highest claims of one actor's day, by detector; and which scenes that day counts for. */
  learn(claims: ReadonlyMap<string, number>, unexplained: boolean): void;
  forget(): void;
}

export function createCalibration(givenOf: (detector: string) => Given): Calibration {
  const tails = new Map<string, Tail>();
  const seen = { any: 0, unexplained: 0 };
  const tailOf = (detector: string) => {
    let tail = tails.get(detector);
    if (!tail) {
      tail = createTail(exponential(1), claimWeight);
      tails.set(detector, tail);
    }
    return tail;
  };
  return {
    score(detector, claim) {
      const tail = tailOf(detector);
      const silent = Math.max(0, seen[givenOf(detector)] - tail.n());
      const spoken = tail.p(claim) * (tail.n() + claimWeight);
      return minusLog(spoken / (silent + tail.n() + claimWeight));
    },
    learn(claims, unexplained) {
      seen.any += 1;
      if (unexplained) seen.unexplained += 1;
      for (const [detector, claim] of claims) tailOf(detector).add(claim);
    },
    forget() {
      seen.any *= forget;
      seen.unexplained *= forget;
      for (const tail of tails.values()) tail.decay(forget);
    },
  };
}

/** The strongest claim of each detector. */
export function strongest(findings: readonly Finding[]): Map<string, number> {
  const claims = new Map<string, number>();
  for (const { detector, score } of findings) claims.set(detector, Math.max(score, claims.get(detector) ?? 0));
  return claims;
}
