/** What an account did while a fact says that its owner was elsewhere: on leave, or on a journey and yet in an office. */
import type { Directory } from '../../core/directory/directory.ts';
import type { Explainer } from '../../core/explain.ts';
import type { Away } from '../../core/firm-signs.ts';
import type { ActorView, JudgedAccess } from '../../core/scene.ts';
import { type Instant, unattributed } from '../../core/types.ts';
import { isContent } from './count.ts';
import { dayMs } from './who.ts';

type Standing = Explainer['standing'];

/** `accesses` in order of time. */
export function awayOf(
  { id, kind }: ActorView,
  accesses: readonly JudgedAccess[],
  directory: Directory,
  standing: Standing,
): Away[] {
  if (kind !== 'person') return [];
  const on = (access: JudgedAccess) => isContent(access) && access.outcome === 'success';
  const onLeave = accesses.filter(
    (access) => on(access) && within(standing.absent(id, access.at, access.seenAt), access),
  );
  const countries = new Set<string>();
  const inOffice = accesses.filter((access) => {
    const journeys = standing.travels(id, access.at, access.seenAt).filter((journey) => within(journey, access));
    for (const journey of journeys) countries.add(journey.country);
    if (journeys.length === 0 || !on(access)) return false;
    const country = officeCountry(access, directory, standing);
    return country !== undefined && journeys.every((journey) => journey.country !== country);
  });
  // Whoever is also seen where the journey leads works there over a machine in the office.
  const there = accesses.some(({ country }) => country !== undefined && countries.has(country));
  return [
    ...madeOf('leave', onLeave, undefined),
    ...(there ? [] : madeOf('journey', inOffice, [...countries].sort().join(', '))),
  ];
}

function madeOf(kind: Away['kind'], refs: readonly JudgedAccess[], country: string | undefined): Away[] {
  if (refs.length === 0) return [];
  const objects = new Set(refs.map(({ object, id }) => object ?? id)).size;
  const tenants = [...new Set(refs.map(({ tenant }) => tenant))].filter((tenant) => tenant !== unattributed).sort();
  return [{ kind, refs, objects, tenants, country }];
}

/** On the first and the last day people still work, or work again. */
const within = (span: { from: Instant; to: Instant } | undefined, { at }: JudgedAccess): boolean =>
  span !== undefined && at >= span.from + dayMs && at < span.to - dayMs;

function officeCountry(
  { ip, at, seenAt }: JudgedAccess,
  { offices }: Directory,
  standing: Standing,
): string | undefined {
  const found = ip === undefined ? undefined : standing.office(ip, at, seenAt);
  return found === undefined || found.vpn ? undefined : offices.get(found.office)?.country;
}
