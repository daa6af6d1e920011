/** What a closed day leaves to the baselines, and what the firm's counts lend to a client's scene. */
import type { ActorView, Counts, FirmScene, TenantBaseline } from '../../core/scene.ts';
import { robustZ } from '../baseline/recent.ts';
import type { ActorDay, FirmPast } from './firm-past.ts';
import { isUnexplained } from './firm-scene.ts';
import type { TenantJudged } from './tenant-scene.ts';

interface Closed {
  readonly actor: ActorView;
  readonly tenants: readonly TenantJudged[];
  readonly scene: FirmScene | undefined;
  readonly score: number;
}

export function learntFrom(day: number, { actor, tenants, scene, score }: Closed, keepOutFrom: number): ActorDay {
  const total = totalOf(tenants.map((t) => t.spread.counts));
  const near = new Map(scene?.relations.map((r) => [r.tenant, r.sameTeam]) ?? []);
  const countries = new Set(scene?.places.flatMap(({ country }) => (country === undefined ? [] : [country])) ?? []);
  return {
    day,
    actor: actor.id,
    role: actor.role,
    keptOut: score >= keepOutFrom,
    total,
    surgeZ: scene ? robustZ(total.objects, scene.baseline.objects) : 0,
    unexplained: tenants
      .map((t) => t.spread)
      .filter(isUnexplained)
      .map(({ tenant, unexplained }) => ({
        tenant,
        objects: Math.max(1, unexplained.objects),
        far: near.get(tenant) !== true,
        denied: unexplained.denied,
      })),
    hours: scene?.hours.map(({ hour, dayOff }) => ({ hour, dayOff })) ?? [],
    countries: [...countries],
    clientZ: tenants
      .filter((t) => t.scene.counts.objects > 0)
      .map((t) => robustZ(t.scene.counts.objects, t.scene.baseline.objects)),
    rowsZ: tenants
      .filter((t) => t.scene.counts.rowsMax > 0)
      .map((t) => robustZ(t.scene.counts.rowsMax, t.scene.baseline.rows)),
  };
}

/** Sums; `rowsMax` stays a maximum. */
export function totalOf(counts: readonly Counts[]): Counts {
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

type Lent = Pick<TenantBaseline, 'surgeTail' | 'rowsTail' | 'unexplainedDay' | 'unexplainedTail'>;

export function lentBaseline(past: FirmPast, actor: ActorView): Lent {
  return {
    surgeTail: past.surgeTail,
    rowsTail: past.rowsTail,
    unexplainedDay: past.unexplainedDay(actor.id, actor.role),
    unexplainedTail: past.unexplainedTail,
  };
}
