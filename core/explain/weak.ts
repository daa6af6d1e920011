/** Reasons that are said to people and never enough by themselves: a colleague was away; the team works for that client. */
import type { Directory } from '../directory/directory.ts';
import { bareExplanation, bestClaim, type Explanation } from '../explain.ts';
import type { Instant } from '../types.ts';
import type { Claims } from './claims.ts';
import type { Standing } from './standing.ts';

/** Fewer colleagues are no habit of the team. */
const colleaguesMin = 2;

interface Known {
  readonly claims: Claims;
  readonly standing: Standing;
}

interface Asked {
  readonly actor: string;
  readonly tenant: string;
  readonly at: Instant;
}

export function weakReasons(directory: Directory, known: Known, asked: Asked, knownAt: Instant): Explanation[] {
  const { actor, tenant, at } = asked;
  const team = directory.people.get(actor as never)?.team;
  if (team === undefined) return [];
  const colleagues = known.claims
    .assignedEver(tenant)
    .filter((id) => id !== actor && directory.people.get(id as never)?.team === team)
    .filter((id) => bestClaim(known.claims.of(id, tenant), at, knownAt) !== undefined);
  const reasons: Explanation[] = [];
  for (const colleague of colleagues) {
    const absence = known.standing.absent(colleague, at, knownAt);
    if (!absence) continue;
    const { id, from, to, recordedAt } = absence;
    reasons.push({ ...bareExplanation('absence_cover', colleague), fact: id, from, to, recordedAt });
    break;
  }
  if (colleagues.length >= colleaguesMin) {
    const reason = `${colleagues.length} of the team were assigned to this client`;
    reasons.push({ ...bareExplanation('team_habit', team), reason });
  }
  return reasons;
}
