/** Who was allowed when: the facts about one client as stretches of time. Pure. */
import type { Directory } from '../../core/directory/directory.ts';
import { endKnownAt } from '../../core/explain/claims.ts';
import type { Explainer } from '../../core/explain.ts';
import { isoOf } from '../../core/time.ts';
import type { Instant, TenantId } from '../../core/types.ts';
import type { Band } from './api.ts';
import { bandsMax, type Span } from './desk.ts';
import type { Names } from './names.ts';

interface Known {
  readonly directory: Directory;
  readonly explainer: Explainer;
  readonly names: Names;
  readonly now: Instant;
}

/** As known now. What the directory itself allows (a service's job, a role without condition) has no dates: it spans all. */
export function bandsOf(tenant: TenantId, span: Span, known: Known): Band[] {
  const { directory, explainer } = known;
  const asked = (id: string) => span.actor === undefined || span.actor === id;
  const actors = [...directory.people.keys(), ...directory.services.keys()].filter(asked);
  const held = actors.flatMap((row) => [
    ...explainer.claims.of(row, tenant).map((claim) => {
      const { kind, from, recordedAt, reference } = claim;
      return { row, kind, from, to: endKnownAt(claim, known.now), recordedAt, label: labelOf(kind, reference, known) };
    }),
    ...standInsOf(row, tenant, known),
  ]);
  const standing = actors.flatMap((row) => {
    const label = standingLabel(row, tenant, directory);
    return label === undefined ? [] : [{ ...label, row, from: span.from, to: span.until, recordedAt: span.from }];
  });
  return [...held, ...standing]
    .filter(({ from, to, recordedAt }) => from < span.until && to > span.from && recordedAt <= known.now)
    .sort((a, b) => a.from - b.from)
    .slice(0, bandsMax)
    .map(({ to, from, recordedAt, ...rest }) => ({
      ...rest,
      from: isoOf(from),
      until: Number.isFinite(to) ? isoOf(to) : undefined,
      recorded_at: isoOf(recordedAt),
      late: recordedAt > from,
    }));
}

function labelOf(kind: string, reference: string | undefined, { names }: Known): string {
  if (reference === undefined) return kind;
  return kind === 'cover' ? `cover for ${names.actor(reference)}` : `${kind} ${reference}`;
}

/** Covers for all of somebody's clients count here for as long as that somebody was assigned here. */
function standInsOf(row: string, tenant: TenantId, { explainer: { claims }, names, now }: Known) {
  return claims.coversBy(row).flatMap((cover) =>
    claims
      .of(cover.for, tenant)
      .filter(({ kind }) => kind === 'assignment')
      .map((claim) => ({
        row,
        kind: 'delegation',
        label: `stands in for ${names.actor(cover.for)}`,
        from: Math.max(cover.from, claim.from),
        to: Math.min(cover.to, endKnownAt(claim, now)),
        recordedAt: Math.max(cover.recordedAt, claim.recordedAt),
      }))
      .filter(({ from, to }) => from < to),
  );
}

function standingLabel(row: string, tenant: TenantId, { people, services, roles }: Directory) {
  const job = services.get(row as never)?.job;
  if (job !== undefined) return { kind: 'service_job', label: `job: ${job}` };
  const role = people.get(row as never)?.role;
  const scope = roles.find(
    (s) => s.role === role && s.needs === undefined && (s.clients === 'all' || s.clients.has(tenant)),
  );
  return scope && { kind: 'role', label: `role: ${scope.role}` };
}
