/**
 * Facts: what was so, from when until when (valid time), and when we were told (record time). One JSON object a line,
 * in any order; facts are added, never rewritten. Times in the file are RFC 3339 date-times, taken exactly, or dates:
 * a date as `from` is its midnight in the firm's zone, a date as `to` is the end of that day there. In code an
 * interval is half open: `from` <= t < `to`.
 */
import type { ActorId, Instant, TenantId } from './types.ts';

export interface Recorded {
  /** First 32 hex digits of the SHA-256 of the fact's canonical JSON: the same fact twice is one fact. */
  readonly id: string;
  readonly recordedAt: Instant;
}

interface Span {
  readonly from: Instant;
  /** The first instant at which it no longer held. */
  readonly to: Instant;
}

export interface Hire extends Recorded {
  readonly op: 'hire';
  readonly person: ActorId;
  readonly from: Instant;
}

/** `to`: the end of the last day. */
export interface Notice extends Recorded, Span {
  readonly op: 'notice';
  readonly person: ActorId;
}

export interface Terminate extends Recorded {
  readonly op: 'terminate';
  readonly person: ActorId;
  readonly from: Instant;
}

export interface Assign extends Recorded {
  readonly op: 'assign';
  readonly person: ActorId;
  readonly client: TenantId;
  readonly matter: string | undefined;
  readonly from: Instant;
  /** Where the end was known from the start; an `unassign` may end it earlier. */
  readonly to: Instant | undefined;
}

/** Ends the assignments of that person to that client (and matter, if it names one) at `to`. */
export interface Unassign extends Recorded {
  readonly op: 'unassign';
  readonly person: ActorId;
  readonly client: TenantId;
  readonly matter: string | undefined;
  readonly to: Instant;
}

/** `person` stands in for `for`, with all of their clients or one. */
export interface Cover extends Recorded, Span {
  readonly op: 'cover';
  readonly person: ActorId;
  readonly for: ActorId;
  readonly client: TenantId | undefined;
}

export interface Ticket extends Recorded, Span {
  readonly op: 'ticket';
  /** The ticket's own number; in the file its key is `id`. */
  readonly ticket: string;
  readonly person: ActorId;
  readonly client: TenantId;
  readonly reason: string;
}

export interface Absence extends Recorded, Span {
  readonly op: 'absence';
  readonly person: ActorId;
}

export interface Travel extends Recorded, Span {
  readonly op: 'travel';
  readonly person: ActorId;
  /** ISO 3166-1, two capital letters. */
  readonly country: string;
}

/** From then on the office has these networks instead of those before. */
export interface OfficeMove extends Recorded {
  readonly op: 'office_move';
  readonly office: string;
  readonly networks: readonly string[];
  readonly from: Instant;
}

export interface BarrierFact extends Recorded {
  readonly op: 'barrier';
  readonly between: readonly [TenantId, TenantId];
  readonly kind: 'absolute' | 'managed';
  readonly from: Instant;
}

export interface Unbarrier extends Recorded {
  readonly op: 'unbarrier';
  readonly between: readonly [TenantId, TenantId];
  readonly to: Instant;
}

export type Fact =
  | Hire
  | Notice
  | Terminate
  | Assign
  | Unassign
  | Cover
  | Ticket
  | Absence
  | Travel
  | OfficeMove
  | BarrierFact
  | Unbarrier;

export type FactOp = Fact['op'];
