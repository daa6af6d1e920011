/** Facts that were recorded after the access they explain, where that access had been alerted on. */
import { endKnownAt } from '../../core/explain/claims.ts';
import type { Explainer } from '../../core/explain.ts';
import type { RecordedLate } from '../../core/firm-signs.ts';
import type { UnexplainedDay } from '../../core/scene.ts';
import { dayMs } from './who.ts';

/** `idleDays`: since the actor was last active; what was recorded meanwhile is said now. */
export function recordedLateOf(
  actor: string,
  day: number,
  idleDays: number | undefined,
  unexplained: readonly UnexplainedDay[],
  { claims }: Explainer,
): RecordedLate[] {
  const since = (day + 1 - Math.max(1, idleDays ?? 1)) * dayMs;
  const until = (day + 1) * dayMs;
  return unexplained.flatMap(({ daysAgo, tenants, raised, accesses = [] }) => {
    const then = (day - daysAgo) * dayMs;
    if (!raised || daysAgo === 0) return [];
    return tenants.flatMap((tenant): RecordedLate[] => {
      const claim = claims
        .of(actor, tenant)
        .find(
          (c) => c.recordedAt >= since && c.recordedAt < until && c.from < then + dayMs && endKnownAt(c, until) > then,
        );
      return claim ? [{ tenant, kind: claim.kind, recordedAt: claim.recordedAt, daysAgo, accesses }] : [];
    });
  });
}
