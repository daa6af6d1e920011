/** Candidates as they stand in the store: for whoever tells people while another process judges. */
import type { Candidate } from '../core/alert.ts';
import type { Instant } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { refusedBatches } from './refusals.ts';

/** Before any day there is, and after. */
const always = { from: '1970-01-01', until: '2149-01-01' };
const readEveryMsMin = 5_000;
/** All of them are read, since mutes and the budget look far back: it gets a share of the time. */
const readShareMax = 0.05;

export class StoredCandidates {
  readonly #store: Store;
  readonly #now: () => Instant;
  #candidates: readonly Candidate[] = [];
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(store: Store, now: () => Instant = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** Those of the judge's, a few seconds old. */
  async read(signal: AbortSignal): Promise<readonly Candidate[]> {
    const begun = this.#now();
    if (begun < this.#nextAt) return this.#candidates;
    const all = await candidatesOf(this.#store.firm('read'), always, signal);
    // Of what landing said, `Refusals` tells.
    this.#candidates = all.filter(({ detectors }) => !detectors.includes(refusedBatches));
    const tookMs = this.#now() - begun;
    this.#nextAt = begun + tookMs + Math.max(readEveryMsMin, tookMs / readShareMax);
    return this.#candidates;
  }
}
