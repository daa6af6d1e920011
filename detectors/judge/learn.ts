/** What a closed day leaves to the baselines, and what the firm's counts lend to a client's scene. */
import type { ActorView, Chance, Counts, FirmScene, Usual } from '../../core/scene.ts';
import { unattributed } from '../../core/types.ts';
import { isOutsideShare } from './count.ts';
import type { ActorDay, FirmPast } from './firm-past.ts';
import { isUnexplained, placesKept } from './firm-scene.ts';
import type { TenantJudged } from './tenant-scene.ts';

/** Of an unexplained visit, as many accesses are remembered by name. */
const idsMax = 20;
/** A score that is likely to have become an alert. */
const alertFrom = 2.5;

interface Closed {
  readonly actor: ActorView;
  readonly tenants: readonly TenantJudged[];
  readonly scene: FirmScene | undefined;
  readonly score: number;
}

export function learntFrom(day: number, { actor, tenants, scene, score }: Closed, keepOutFrom: number): ActorDay {
  const total = totalOf(tenants.map((t) => t.spread.counts));
  const relations = new Map(scene?.relations.map((r) => [r.tenant, r]) ?? []);
  const countries = new Set(scene?.places.flatMap(({ country }) => (country === undefined ? [] : [country])) ?? []);
  return {
    day,
    actor: actor.id,
    role: actor.role,
    keptOut: score >= keepOutFrom,
    raised: score >= alertFrom,
    total,
    unexplained: tenants
      .map((t) => t.spread)
      .filter(isUnexplained)
      .map(({ tenant, unexplained, unexplainedRefs }) => ({
        tenant,
        objects: Math.max(1, unexplained.objects),
        far: relations.get(tenant)?.sameTeam !== true,
        restricted: relations.get(tenant)?.restricted === true,
        ended: relations.get(tenant)?.endedDaysAgo !== undefined,
        accesses: unexplainedRefs.slice(0, idsMax).map(({ id }) => id),
      })),
    hours: scene?.hours.map(({ hour, dayOff }) => ({ hour, dayOff })) ?? [],
    countries: [...countries],
    places: (scene?.places ?? []).slice(-placesKept).map((place) => ({ ...place, refs: [] })),
    clients: tenants.filter((t) => t.scene.tenant !== unattributed && !t.spread.dated && t.scene.counts.accesses > 0)
      .length,
    sharedOutside: tenants.some((t) => t.scene.accesses.some((access) => isOutsideShare(access, t.scene.domains))),
    granted: tenants.some((t) =>
      t.scene.accesses.some(({ action }) => action === 'grant' || action === 'revoke' || action === 'configure'),
    ),
    acts: scene?.acts.map(({ action }) => action) ?? [],
    newCountry: [...countries].some((country) => (scene?.baseline.daysIn(country) ?? 0) === 0),
  };
}

/** Sums; `rowsMax` stays a maximum. */
function totalOf(counts: readonly Counts[]): Counts {
  const total = {
    accesses: 0,
    objects: 0,
    taken: 0,
    writes: 0,
    deletes: 0,
    shares: 0,
    denied: 0,
    bytes: 0,
    rowsMax: 0,
  };
  for (const c of counts) {
    total.accesses += c.accesses;
    total.objects += c.objects;
    total.taken += c.taken;
    total.writes += c.writes;
    total.deletes += c.deletes;
    total.shares += c.shares;
    total.denied += c.denied;
    total.bytes += c.bytes;
    total.rowsMax = Math.max(total.rowsMax, c.rowsMax);
  }
  return total;
}

/** What the firm's counts lend to a client where the actor was never seen. */
export interface Lent {
  readonly unexplainedDay: Chance;
  readonly outsideDay: Chance;
  readonly grantDay: Chance;
  /** The login's largest statements anywhere. */
  readonly rows: Usual;
}

export const lentBaseline = (past: FirmPast, { id, role }: ActorView): Lent => ({
  unexplainedDay: past.unexplainedDay(id, role),
  outsideDay: past.outsideDay(id, role),
  grantDay: past.grantDay(id, role),
  rows: past.rows(id),
});
