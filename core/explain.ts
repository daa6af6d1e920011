/**
 * Why an access was legitimate. An access is explained by a fact that held at that moment and was known at the moment
 * asked about; facts are bitemporal, so "then", "as known then" and "as known now" are three questions.
 * After Fabbri & LeFevre, Explanation-Based Auditing (PVLDB 5:1, 2011).
 */
import type { Directory, RoleScope } from './directory/directory.ts';
import { type Claim, type Claims, createClaims, endKnownAt } from './explain/claims.ts';
import { dueAt } from './explain/hours.ts';
import { createStanding, type Standing } from './explain/standing.ts';
import { weakReasons } from './explain/weak.ts';
import type { Fact } from './facts.ts';
import { createNetworks, type Networks } from './network.ts';
import { type Instant, unattributed } from './types.ts';

export type ExplanationKind =
  | 'assignment'
  | 'ticket'
  | 'cover'
  | 'delegation'
  | 'role'
  | 'service_job'
  | 'onboarding'
  | 'handover'
  | 'absence_cover'
  | 'team_habit';

/** 0 to 1: how much it takes away. From `strongFrom` on, the access counts as explained. */
const strengths: Readonly<Record<ExplanationKind, number>> = {
  assignment: 1,
  service_job: 0.95,
  ticket: 0.9,
  cover: 0.9,
  role: 0.85,
  delegation: 0.8,
  onboarding: 0.7,
  handover: 0.6,
  absence_cover: 0.3,
  team_habit: 0.2,
};
export const strongFrom = 0.5;

/** An assignment that begins within this time explains reading into it; one that ended within that, clearing up. */
const onboardingMs = 7 * 86_400_000;
const handoverMs = 5 * 86_400_000;

export interface Explanation {
  readonly kind: ExplanationKind;
  readonly strength: number;
  /** The fact's id; undefined when the directory itself explains. */
  readonly fact: string | undefined;
  /** Matter, ticket number, role, job or the person covered. */
  readonly reference: string | undefined;
  readonly reason: string | undefined;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  readonly recordedAt: Instant | undefined;
}

/** What an explanation is asked about. */
export interface Explainable {
  readonly at: Instant;
  readonly tenant: string;
  readonly source: string;
  readonly actor?: string | undefined;
  readonly ip?: string | undefined;
  readonly host?: string | undefined;
}

export interface Explainer {
  /** The strongest explanation known at `knownAt`, weak ones left out; undefined: unexplained. */
  explain(access: Explainable, knownAt: Instant): Explanation | undefined;
  /** Every explanation known at `knownAt`, strongest first, weak ones too. */
  all(access: Explainable, knownAt: Instant): Explanation[];
  readonly standing: Standing;
  readonly claims: Claims;
}

export function createExplainer(directory: Directory, facts: readonly Fact[]): Explainer {
  const claims = createClaims(facts);
  const standing = createStanding(directory, facts);
  const leavers = new Set<string>(facts.flatMap((f) => (f.op === 'terminate' ? [f.person] : [])));
  const scopes = scopesByRole(directory.roles);
  const jobs = new Map<string, Job>();
  for (const { id, job, hosts, networks, hours } of directory.services.values()) {
    const own = createNetworks<true>(networks.map((network) => [network, true]));
    jobs.set(id, {
      explanation: bareExplanation('service_job', job),
      hosts: new Set(hosts.map(plainHost)),
      networks: own,
      bound: hosts.length + networks.length > 0,
      due: dueAt(hours, directory.firm.time_zone),
    });
  }
  const roleOf = new Map<string, { explanation: Explanation; scopes: readonly RoleScope[] }>();
  for (const { id, role } of directory.people.values()) {
    const mine = role === undefined ? undefined : scopes.get(role)?.filter(({ needs }) => needs === undefined);
    if (role !== undefined && mine && mine.length > 0)
      roleOf.set(id, { explanation: bareExplanation('role', role), scopes: mine });
  }

  const gone = (actor: string, at: Instant, knownAt: Instant) =>
    leavers.has(actor) && standing.employment(actor, at, knownAt).state === 'left';

  const strongest = (access: Explainable, knownAt: Instant): Explanation | undefined => {
    const { actor, at, tenant } = access;
    if (actor === undefined || tenant === unattributed || gone(actor, at, knownAt)) return undefined;
    const claim = bestClaim(claims.of(actor, tenant), at, knownAt);
    if (claim) return claim;
    const job = jobs.get(actor);
    if (job) return atWork(job, access) ? job.explanation : undefined;
    const role = roleOf.get(actor);
    if (role?.scopes.some((scope) => covers(scope, access))) return role.explanation;
    return delegated(claims, actor, tenant, at, knownAt) ?? nearly(claims.of(actor, tenant), at, knownAt);
  };

  return {
    claims,
    standing,
    explain: strongest,
    all(access, knownAt) {
      const { actor, at, tenant } = access;
      const first = strongest(access, knownAt);
      if (actor === undefined || tenant === unattributed || gone(actor, at, knownAt)) return [];
      const weak = weakReasons(directory, { claims, standing }, { actor, tenant, at }, knownAt);
      return [...(first ? [first] : []), ...weak];
    },
  };
}

interface Job {
  readonly explanation: Explanation;
  readonly hosts: ReadonlySet<string>;
  readonly networks: Networks<true>;
  /** The directory says where it runs at all. */
  readonly bound: boolean;
  /** Whether it is due to run then. */
  readonly due: (at: Instant) => boolean;
}

const plainHost = (host: string) => host.toLowerCase().split('.')[0] ?? '';

/**
 * A service works from its own hosts and networks. What a source does not record cannot speak against it, and a host
 * alone cannot either: for some sources it is the server that was asked (Windows names the computer that logged).
 */
function atWork(job: Job, { ip, host, at }: Explainable): boolean {
  if (!job.due(at)) return false;
  if (!job.bound || ip === undefined) return true;
  return job.networks.match(ip) === true || (host !== undefined && job.hosts.has(plainHost(host)));
}

/** Of which nothing is known but its kind and what it refers to. */
export const bareExplanation = (kind: ExplanationKind, reference: string): Explanation => ({
  kind,
  strength: strengths[kind],
  fact: undefined,
  reference,
  reason: undefined,
  from: undefined,
  to: undefined,
  recordedAt: undefined,
});

function fromClaim(kind: ExplanationKind, claim: Claim, to: Instant): Explanation {
  const { fact, reference, reason, from, recordedAt } = claim;
  return {
    kind,
    strength: strengths[kind],
    fact,
    reference,
    reason,
    from,
    to: Number.isFinite(to) ? to : undefined,
    recordedAt,
  };
}

const covers = (scope: RoleScope, { tenant, source }: Explainable) =>
  (scope.clients === 'all' || scope.clients.has(tenant as never)) && (scope.sources?.has(source) ?? true);

/** Claims are few per actor and client, and the answer for one claim is kept until what is known of it changes. */
const answers = new WeakMap<Claim, Explanation>();

export function bestClaim(mine: readonly Claim[], at: Instant, knownAt: Instant): Explanation | undefined {
  let best: Claim | undefined;
  for (const claim of mine) {
    if (claim.recordedAt > knownAt || claim.from > at || endKnownAt(claim, knownAt) <= at) continue;
    if (!best || strengths[claim.kind] > strengths[best.kind]) best = claim;
    if (best.kind === 'assignment') break;
  }
  if (!best) return undefined;
  const kept = answers.get(best);
  const to = endKnownAt(best, knownAt);
  if (kept && (kept.to ?? Number.POSITIVE_INFINITY) === to) return kept;
  const answer = fromClaim(best.kind, best, to);
  answers.set(best, answer);
  return answer;
}

/** An assignment about to begin (and recorded already), or one just ended. */
function nearly(mine: readonly Claim[], at: Instant, knownAt: Instant): Explanation | undefined {
  let best: Explanation | undefined;
  for (const claim of mine) {
    if (claim.kind !== 'assignment' || claim.recordedAt > knownAt) continue;
    const to = endKnownAt(claim, knownAt);
    if (claim.from > at && claim.from - at <= onboardingMs) return fromClaim('onboarding', claim, to);
    if (to <= at && at - to <= handoverMs) best = fromClaim('handover', claim, to);
  }
  return best;
}

/** Standing in for somebody means all that they were assigned to at that moment. */
function delegated(claims: Claims, actor: string, tenant: string, at: Instant, knownAt: Instant) {
  for (const cover of claims.coversBy(actor)) {
    if (cover.recordedAt > knownAt || cover.from > at || cover.to <= at) continue;
    const theirs = claims
      .of(cover.for, tenant)
      .find(
        (claim) =>
          claim.kind === 'assignment' &&
          claim.recordedAt <= knownAt &&
          claim.from <= at &&
          endKnownAt(claim, knownAt) > at,
      );
    if (theirs) return fromClaim('delegation', { ...theirs, fact: cover.id, reference: cover.for }, cover.to);
  }
  return undefined;
}

function scopesByRole(roles: readonly RoleScope[]): Map<string, RoleScope[]> {
  const scopes = new Map<string, RoleScope[]>();
  for (const scope of roles) scopes.set(scope.role, [...(scopes.get(scope.role) ?? []), scope]);
  return scopes;
}
