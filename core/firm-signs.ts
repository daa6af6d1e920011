/** What else the firm level sees of an actor's day, beside its counts: no object's name is in it. */
import type { Ref } from './scene.ts';
import type { Action, Instant } from './types.ts';

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

/** What somebody did of one kind: contents carried off; of a service, whatever it did. */
export interface Act {
  readonly action: Action;
  /** In order of time. */
  readonly refs: readonly Ref[];
  /** Clients it was done at. */
  readonly tenants: readonly string[];
}

/** The account acted while a fact says that its owner was elsewhere. */
export interface Away {
  /** `leave`: a recorded absence. `journey`: at an office's own network, while a recorded journey is in another country. */
  readonly kind: 'leave' | 'journey';
  readonly refs: readonly Ref[];
  readonly objects: number;
  readonly tenants: readonly string[];
  /** Of the journey. */
  readonly country: string | undefined;
}

/** Read in one client, then written in another. */
export interface Moved {
  readonly from: string;
  readonly to: string;
  readonly objects: number;
  /** How it was seen: of one name, of one size, or read and written in turns. */
  readonly by: 'name' | 'size' | 'turns';
  /** The reads and the writes. */
  readonly refs: readonly Ref[];
}

export interface Searched {
  readonly tenant: string;
  readonly refs: readonly Ref[];
}
