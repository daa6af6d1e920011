/**
 * What a detector sees and what it says. A tenant scene is one actor in one client on one UTC day, read as that
 * client's judge; a firm scene is one actor on one day over all clients, from counts alone.
 */
import type { Severity } from './alert.ts';
import type { Explanation } from './explain.ts';
import type { Act, Away, Moved, RecordedLate, Searched, Slip } from './firm-signs.ts';
import type { SigmaHit } from './sigma-hit.ts';
import type { Access, Action, ActorKind, Instant } from './types.ts';

/** Where an access lies, and how its source and the directory put it: no statistic looks at these. */
type NotJudged = 'reason' | 'attributed_by' | 'records_sha256' | 'collector' | 'seq' | 'index';

/** The few columns of an access that judging reads; times as ms. */
export interface JudgedAccess extends Omit<Access, 'id' | 'at' | 'seen_at' | 'tenant' | 'actor' | NotJudged> {
  readonly id: string;
  readonly at: Instant;
  /** When the collector saw it: what was known then is what it is judged by. */
  readonly seenAt: Instant;
  readonly tenant: string;
  readonly actor?: string | undefined;
  /** Sigma rules that its raw records match; absent: none, or none were asked. */
  readonly sigma?: readonly SigmaHit[] | undefined;
}

/** Who acted, as the directory and the facts known on that day say. */
export interface ActorView {
  readonly id: string;
  readonly kind: ActorKind;
  /** A service's job stands here as `service:<job>`. */
  readonly role: string;
  readonly team: string | undefined;
  readonly zone: string;
  readonly fte: number;
  /** Notice given and known: the last day. */
  readonly lastDay: Instant | undefined;
  /** Employment or contract ended, and that is known: since then no fact explains anything. */
  readonly leftAt: Instant | undefined;
}

/** How much of something is usual, learnt on a log scale, and from what. */
export interface Usual {
  /** Days it was learnt from; 0: nothing is known and the prior speaks. */
  readonly n: number;
  readonly level: Level;
  readonly median: number;
  /** Spread of ln(1 + x): 1.4826 × median absolute deviation, shrunk to the prior while n is small. */
  readonly sigma: number;
}

/** Whose past a number was learnt from: the nearest level that knows enough. */
export type Level = 'person' | 'role' | 'client' | 'firm' | 'prior';

/** How often something is seen in days like this one; `n` and `level`: how that is known. */
export interface Chance extends Pick<Usual, 'n' | 'level'> {
  readonly p: number;
}

/** Names an access and its arrival, nothing of its content. */
export interface Ref {
  readonly id: string;
  readonly at: Instant;
  readonly seenAt: Instant;
}

/** What one actor did in one client on one day, counted. Successes, unless said otherwise. */
export interface Counts {
  readonly accesses: number;
  /** Distinct objects; statements, for a database. */
  readonly objects: number;
  /** Contents carried off: download, copy, print, export. */
  readonly taken: number;
  readonly writes: number;
  readonly deletes: number;
  readonly shares: number;
  readonly denied: number;
  readonly bytes: number;
  /** Of the largest statement. */
  readonly rowsMax: number;
}

export interface TenantScene {
  readonly level: 'tenant';
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly tenant: string;
  readonly actor: ActorView;
  /** In order of `at`, then `id`. */
  readonly accesses: readonly JudgedAccess[];
  /** One for each access; undefined: unexplained as known when it was seen. */
  readonly explained: readonly (Explanation | undefined)[];
  readonly counts: Counts;
  /** The same of unexplained accesses alone. */
  readonly unexplained: Counts;
  /** Of them, those of objects that the directory calls canaries; a service at its own job left out. */
  readonly canaries: readonly JudgedAccess[];
  /** What holders of links opened that day of the objects this actor shared; in order of `at`, then `id`. */
  readonly linkUses: readonly JudgedAccess[];
  /** Nothing recorded explains it, but the actor has been writing here for days: work that nobody wrote down. */
  readonly habit: boolean;
  /** The firm's own mail domains, lower case: whoever has another is outside. */
  readonly domains: readonly string[];
  readonly baseline: TenantBaseline;
}

/** What this client's own past says about this actor, and what the firm's counts lend to it. */
export interface TenantBaseline {
  /** Days on which this actor touched this client, of the last 90. */
  readonly actorDays: number;
  /** Days since this actor last touched this client; undefined: never seen. */
  readonly idleDays: number | undefined;
  /** Days of the last 30 on which the actor wrote here and nothing recorded explains it. */
  readonly workDays: number;
  /** Distinct objects a day of this actor here. */
  readonly objects: Usual;
  /** Objects a day at the beginning of what is known, while it is known: for growth that is too slow to be a surge. */
  readonly objectsOnce: Usual | undefined;
  /** Largest number of rows of one statement in a day of this actor here. */
  readonly rows: Usual;
  /** Contents carried off in a day of this actor here. */
  readonly taken: Usual;
  readonly deletes: Usual;
  /** How often somebody of this role shares outside, and grants or revokes rights, on a day. */
  readonly outsideDay: Chance;
  readonly grantDay: Chance;
  /** Of the day's objects, those that nobody opened for `idleDays` days or more, and how many are usual. */
  readonly idleObjects: number;
  readonly idleUsual: Usual;
  /** How often somebody of this role reaches a client unexplained on a day. */
  readonly unexplainedDay: Chance;
}

/** What the firm level sees of one actor, one client and one day: counts, no object's name. */
export interface Spread {
  readonly tenant: string;
  readonly counts: Counts;
  readonly unexplained: Counts;
  /** An assignment, ticket or cover of the actor's own explains some of it. */
  readonly dated: boolean;
  /** Some of it was asked for: a ticket, a cover or a delegation explains it. */
  readonly asked: boolean;
  readonly refs: readonly Ref[];
  readonly unexplainedRefs: readonly Ref[];
  readonly deniedRefs: readonly Ref[];
}
/** A run of accesses of one actor from one address, in order of time. */
export interface Place {
  readonly ip: string;
  /** ISO 3166-1; undefined: not known, or one of the firm's private networks. */
  readonly country: string | undefined;
  /** `isp`, `mobile`, `hosting`, … as the geo table names it. */
  readonly kind: string | undefined;
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
  /** The office whose network or VPN holds the address. */
  readonly office: string | undefined;
  readonly vpn: boolean;
  readonly from: Instant;
  readonly until: Instant;
  readonly refs: readonly Ref[];
}

/** One local hour of the actor's day. */
export interface Hour {
  /** 0 to 23. */
  readonly hour: number;
  /** Weekend, holiday of the office, or absence. */
  readonly dayOff: boolean;
  readonly refs: readonly Ref[];
  readonly unexplained: number;
  /** Accesses to contents, rather than logins and the like. */
  readonly contents: number;
}

/** One earlier day of this actor, as far as it stayed unexplained. */
export interface UnexplainedDay {
  /** Days before the scene's day; 0 is the day itself. */
  readonly daysAgo: number;
  readonly tenants: readonly string[];
  readonly objects: number;
  /** An alert's score was reached that day. */
  readonly raised?: boolean;
  /** Ids, not all when there are many. */
  readonly accesses?: readonly string[];
}

/** How somebody stands to a client they are not assigned to. */
export interface Relation {
  readonly tenant: string;
  /** The client is looked after by the actor's own team. */
  readonly sameTeam: boolean;
  /** Others of the actor's team or role who worked there, explained, in the last weeks. */
  readonly peers: number;
  readonly restricted: boolean;
  /** Unexplained actors at this client in the window, this one included, and what is usual. */
  readonly crowd: number;
  readonly crowdUsual: number;
  /** Days since an assignment of the actor to this client ended; undefined: there was none. */
  readonly endedDaysAgo: number | undefined;
  /** The client on the other side of a barrier that the actor works for. */
  readonly barrier: { readonly other: string; readonly kind: 'absolute' | 'managed' } | undefined;
}

/** One actor on one UTC day over all clients. */
export interface FirmScene {
  readonly level: 'firm';
  readonly day: string;
  readonly actor: ActorView;
  /** By tenant, in order. */
  readonly spread: readonly Spread[];
  /** One for each tenant of the spread with something unexplained. */
  readonly relations: readonly Relation[];
  /** In order of time; the last ones of the day before come first. */
  readonly places: readonly Place[];
  /** By local hour of the actor. */
  readonly hours: readonly Hour[];
  /** Contents of one client that turned up in another within minutes, seen by fingerprint. */
  readonly moved: readonly Moved[];
  /** Clients nobody assigned whose names were searched for. */
  readonly searched: readonly Searched[];
  /** Failed logins. */
  readonly failures: readonly Ref[];
  readonly slips: readonly Slip[];
  readonly recordedLate: readonly RecordedLate[];
  /** By action, in order. */
  readonly acts: readonly Act[];
  readonly away: readonly Away[];
  readonly unexplained: readonly UnexplainedDay[];
  readonly baseline: FirmBaseline;
}

export interface FirmBaseline {
  /** Working days of this actor behind it. */
  readonly actorDays: number;
  /** How often such a person has a day with something unexplained; this person's own last three weeks left out. */
  readonly unexplainedDay: Chance;
  /** Distinct objects a day over all clients, and contents carried off. */
  readonly objects: Usual;
  readonly taken: Usual;
  /** Clients touched in a day without a dated fact of the actor's own. */
  readonly clients: Usual;
  /** Days since the actor was last active anywhere; undefined: never seen. */
  readonly idleDays: number | undefined;
  /** P(somebody unexplained is in a client this far from their own work). */
  readonly farShare: Chance;
  /** How often what is unexplained is at a client that the directory calls restricted. */
  readonly restrictedShare: Chance;
  /** How often it is at a client that the person was assigned to before, and is no more. */
  readonly endedShare: Chance;
  /** How often this actor (of a person: their role, the firm) does such a thing on a day. */
  readonly actDay: (action: Action) => Chance;
  /** Share of this actor's working days on which they were active in this local hour (0–23), workdays or days off. */
  readonly hourShare: (hour: number, dayOff: boolean) => Chance;
  /** Days on which the actor was seen in that country. */
  readonly daysIn: (country: string) => number;
  /** How often somebody of this role is seen in a country new to them. */
  readonly newCountry: Chance;
  /** Countries the facts know the actor travels to on that day. */
  readonly travels: ReadonlySet<string>;
}

/**
 * What a detector says about a scene. `score` is −log10 of how often a day like this is expected by chance: first what
 * the detector's own model claims, then, from the judge on, what this firm's past says about such claims.
 */
export interface Finding {
  readonly detector: string;
  readonly actor: string | null;
  readonly tenants: readonly string[];
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  /** `fact`: something that may not be, whatever is usual. It ranks above every statistic. */
  readonly basis: 'fact' | 'statistic';
  readonly score: number;
  readonly limit: number;
  readonly severity: Severity;
  /** One sentence with the number and the usual range; no object's name. */
  readonly because: string;
  readonly accesses: readonly string[];
  /** Arrival of the access that decided. */
  readonly decidedAt: Instant;
}
