/** Two things the firm level sees of an actor's day, beside its counts: paper that came after the act, and a look-alike client. */
import type { Ref } from './scene.ts';
import type { Instant } from './types.ts';

/** A fact recorded that day which explains, only now, what was alerted on as unexplained on an earlier one. */
export interface RecordedLate {
  readonly tenant: string;
  /** `assignment`, `ticket` or `cover`. */
  readonly kind: string;
  readonly recordedAt: Instant;
  readonly daysAgo: number;
  /** What it explains afterwards: ids, not all when there are many. */
  readonly accesses: readonly string[];
}

/** A little at an unexplained client, minutes after work for one whose name looks like it. */
export interface Slip {
  readonly tenant: string;
  /** The client that the actor worked for just before. */
  readonly beside: string;
  readonly minutes: number;
  readonly refs: readonly Ref[];
}
