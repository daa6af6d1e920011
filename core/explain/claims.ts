/** Facts as spans per actor and client, each with the moments at which its begin and its ends became known. */
import type { Assign, Cover, Fact, Ticket, Unassign } from '../facts.ts';
import { gotOrMade } from '../got-or-made.ts';
import type { Instant } from '../types.ts';

const forever = Number.POSITIVE_INFINITY;

interface End {
  readonly to: Instant;
  readonly recordedAt: Instant;
}

/** One assignment, ticket or cover: when it held, and what was known of that when. */
export interface Claim {
  readonly kind: 'assignment' | 'ticket' | 'cover';
  /** The fact's id. */
  readonly fact: string;
  /** Matter, ticket number, or the person covered. */
  readonly reference: string | undefined;
  readonly reason: string | undefined;
  readonly from: Instant;
  readonly to: Instant;
  readonly recordedAt: Instant;
  /** Later facts that end it earlier. */
  readonly ends: readonly End[];
}

/** When the claim ended, as known at `knownAt`. */
export function endKnownAt(claim: Claim, knownAt: Instant): Instant {
  let to = claim.to;
  for (const end of claim.ends) if (end.recordedAt <= knownAt && end.to < to) to = end.to;
  return to;
}

export interface Claims {
  of(actor: string, tenant: string): readonly Claim[];
  /** Covers without a client: all clients of `for`. */
  coversBy(actor: string): readonly Cover[];
  /** Everybody who was ever assigned to this client. */
  assignedEver(tenant: string): readonly string[];
  /** Every client this actor was ever assigned to. */
  clientsOf(actor: string): readonly string[];
}

const none: readonly never[] = [];

export function createClaims(facts: readonly Fact[]): Claims {
  const byActor = new Map<string, Map<string, Claim[]>>();
  const assigned = new Map<string, Set<string>>();
  const covers = new Map<string, Cover[]>();
  const unassigns = groupUnassigns(facts);
  const add = (actor: string, tenant: string, claim: Claim) => {
    const mine = gotOrMade(byActor, actor, () => new Map<string, Claim[]>());
    gotOrMade(mine, tenant, () => [] as Claim[]).push(claim);
  };
  for (const fact of facts) {
    if (fact.op === 'assign') {
      add(fact.person, fact.client, assignment(fact, unassigns.get(`${fact.person}\0${fact.client}`) ?? []));
      gotOrMade(assigned, fact.client, () => new Set<string>()).add(fact.person);
    } else if (fact.op === 'ticket') add(fact.person, fact.client, ticket(fact));
    else if (fact.op === 'cover') {
      if (fact.client === undefined) gotOrMade(covers, fact.person, () => [] as Cover[]).push(fact);
      else add(fact.person, fact.client, cover(fact));
    }
  }
  const people = new Map([...assigned].map(([tenant, set]) => [tenant, [...set].sort()]));
  return {
    of: (actor, tenant) => byActor.get(actor)?.get(tenant) ?? none,
    coversBy: (actor) => covers.get(actor) ?? none,
    assignedEver: (tenant) => people.get(tenant) ?? none,
    clientsOf: (actor) =>
      [...(byActor.get(actor) ?? new Map<string, Claim[]>())]
        .filter(([, claims]) => claims.some(({ kind }) => kind === 'assignment'))
        .map(([tenant]) => tenant),
  };
}

function groupUnassigns(facts: readonly Fact[]): Map<string, Unassign[]> {
  const groups = new Map<string, Unassign[]>();
  for (const fact of facts) {
    if (fact.op === 'unassign') gotOrMade(groups, `${fact.person}\0${fact.client}`, () => [] as Unassign[]).push(fact);
  }
  return groups;
}

/** An `unassign` ends what had begun before it and, where it names a matter, only that matter. */
function assignment(fact: Assign, unassigns: readonly Unassign[]): Claim {
  const ends = unassigns
    .filter(({ matter, to }) => (matter === undefined || matter === fact.matter) && to > fact.from)
    .map(({ to, recordedAt }) => ({ to, recordedAt }));
  const { id, from, recordedAt, matter } = fact;
  return {
    kind: 'assignment',
    fact: id,
    reference: matter,
    reason: undefined,
    from,
    to: fact.to ?? forever,
    recordedAt,
    ends,
  };
}

function ticket({ id, ticket: number, reason, from, to, recordedAt }: Ticket): Claim {
  return { kind: 'ticket', fact: id, reference: number, reason, from, to, recordedAt, ends: [] };
}

function cover(fact: Cover): Claim {
  const { id, from, to, recordedAt } = fact;
  return { kind: 'cover', fact: id, reference: fact.for, reason: undefined, from, to, recordedAt, ends: [] };
}
