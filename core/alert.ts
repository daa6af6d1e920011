/** What the judge hands to the alerting side, and what people do with it. Candidates are all; alerts are those the budget let through. */
import { hash } from 'node:crypto';

export const severities = ['low', 'medium', 'high', 'critical'] as const;
/** How bad it would be if it is true. Separate from `score`, which says how unusual it is. `critical`: a fact was breached. */
export type Severity = (typeof severities)[number];

/** All findings about one actor and one day, fused: `cordon alerts --candidates --json` prints exactly these fields. */
export interface Candidate {
  /** 16 hex, from `candidateId`: the same actor and day always make the same candidate, however often it grows. */
  readonly id: string;
  /** Arrival of the access that decided: ISO 8601, UTC, milliseconds, `Z`. */
  readonly raised_at: string;
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  /** A person or service of the directory, an account nobody owns, `source:<name>`, or `null` for a crowd. */
  readonly actor: string | null;
  readonly tenants: readonly string[];
  readonly detectors: readonly string[];
  readonly score: number;
  readonly severity: Severity;
  /** Sentences with the numbers and the usual range. No object names. */
  readonly because: readonly string[];
  /** Ids of the accesses behind it. */
  readonly accesses: readonly string[];
  /** What is not known: sources that were late or silent. Sentences. */
  readonly unknown: readonly string[];
}

export const alertStates = ['open', 'acknowledged', 'closed', 'muted'] as const;
export type AlertState = (typeof alertStates)[number];

/** One change of an alert's state. Never rewritten; the latest one holds. */
export interface AlertEvent {
  /** The candidate's id. */
  readonly alert: string;
  /** ISO 8601, UTC, milliseconds, `Z`. */
  readonly at: string;
  readonly state: AlertState;
  /** Who did it: a person of the directory, or `cordon`. */
  readonly by: string;
  readonly reason: string;
  /** When a mute ends, ISO 8601; absent for every other change. */
  readonly until?: string;
}

/** A crowd has no actor, so there its tenants tell one candidate of a day from another. */
export function candidateId(actor: string | null, day: string, tenants: readonly string[] = []): string {
  const who = actor === null ? `crowd\0${[...tenants].sort().join('\0')}` : `actor\0${actor}`;
  return hash('sha256', `${who}\0${day}`, 'hex').slice(0, 16);
}

/** Negative when `a` is the lesser. */
export const compareSeverity = (a: Severity, b: Severity): number => severities.indexOf(a) - severities.indexOf(b);
