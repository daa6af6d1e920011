/** How an actor stood to a client, in the one word that an alert's mail uses. */
import type { Standing } from '../alerts/notice.ts';
import type { Explainer } from '../core/explain.ts';
import { type Access, type Instant, unattributed } from '../core/types.ts';

/** From what was known when the accesses were seen; `recorded-late` when only what was learnt since explains them. */
export function standingOf(
  explainer: Explainer,
  actor: string | null,
  tenant: string,
  accesses: readonly Access[],
  now: Instant,
): Standing {
  if (actor === null || tenant === unattributed || accesses.length === 0) return 'unknown';
  const asked = accesses.map((access) => ({
    ...access,
    at: Date.parse(access.at),
    seenAt: Date.parse(access.seen_at),
  }));
  const unexplained = asked.filter((access) => explainer.explain(access, access.seenAt) === undefined);
  const [first] = unexplained;
  if (!first) return 'assigned';
  const mine = explainer.claims.clientsOf(actor);
  const barred = explainer.standing.barriers(tenant, first.at, first.seenAt).some(({ other }) => mine.includes(other));
  if (barred) return 'barred';
  if (unexplained.every((access) => explainer.explain(access, now) !== undefined)) return 'recorded-late';
  const before = explainer.claims
    .of(actor, tenant)
    .some(({ from, recordedAt }) => from <= first.at && recordedAt <= first.seenAt);
  return before ? 'ended' : 'unassigned';
}
