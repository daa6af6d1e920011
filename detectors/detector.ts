/** What every detector states about itself. One statistic a file; the list is in `index.ts`. */
import type { Finding, FirmScene, SourceScene, TenantScene } from '../core/scene.ts';

export interface Example<S> {
  readonly name: string;
  readonly scene: S;
  /** The clients it must speak of; `[]`: it must stay silent. A finding about no client speaks of `firm`. */
  readonly speaks: readonly string[];
}

interface Described<L extends 'tenant' | 'firm' | 'source', S> {
  readonly name: string;
  readonly level: L;
  /** The statistic in one sentence, with its limit: printed in the docs and at the foot of every alert mail. */
  readonly statistic: string;
  /** Its chance is one given that something of the day is unexplained; such a detector only adds to what is. */
  readonly given?: 'unexplained';
  /** Several detectors look at the same thing: within a family the strongest counts, the others a little. */
  readonly family?: 'volume' | 'place';
  /** How much its calibrated score counts in the fused one: 1, less for what is usually harmless. */
  readonly weight: number;
  /** Its calibrated score counts no higher than that, so that one kind of oddity does not crowd out all others. */
  readonly cap?: number;
  /** The named limits the statistic uses. */
  readonly limits: Readonly<Record<string, number>>;
  /** Where the idea is written down. */
  readonly source: string;
  /** When it is wrong, in the words of somebody who has to answer the alert. */
  readonly falseAlarms: string;
  /** What to do with it, first step first. */
  readonly runbook: readonly string[];
  /** MITRE ATT&CK technique, where one fits. */
  readonly attack?: string;
  /** Total, synchronous and deterministic: no clock, no network, no randomness. */
  readonly judge: (scene: S) => readonly Finding[];
  /** At least one that speaks and one that is silent; the test runs them and the docs print them. */
  readonly examples: readonly [Example<S>, Example<S>, ...Example<S>[]];
}

export type TenantDetector = Described<'tenant', TenantScene>;
export type FirmDetector = Described<'firm', FirmScene>;
export type SourceDetector = Described<'source', SourceScene>;
export type Detector = TenantDetector | FirmDetector | SourceDetector;
