/** Small scenes for detectors' examples: one associate, one client, one day. */
import type { Explanation } from '../../core/explain.ts';
import type { ActorView, JudgedAccess, TenantBaseline, TenantScene } from '../../core/scene.ts';
import { countAccesses } from './count.ts';

const noon = Date.UTC(2026, 2, 4, 12);
const assigned: Explanation = {
  kind: 'assignment',
  strength: 1,
  fact: 'f1',
  reference: 'm1',
  reason: undefined,
  from: 0,
  to: undefined,
  recordedAt: 0,
};

export const exampleActor: ActorView = {
  id: 'p1',
  kind: 'person',
  role: 'associate',
  team: 'T1',
  zone: 'UTC',
  fte: 1,
  lastDay: undefined,
  leftAt: undefined,
};

interface Wish {
  readonly explained?: number;
  readonly unexplained?: number;
  readonly access?: Partial<JudgedAccess>;
  readonly baseline?: Partial<TenantBaseline>;
  readonly actor?: Partial<TenantScene['actor']>;
}

export function exampleScene({
  explained = 0,
  unexplained = 0,
  access = {},
  baseline = {},
  actor = {},
}: Wish): TenantScene {
  const accesses = Array.from({ length: explained + unexplained }, (_, i) => exampleAccess(i, access));
  const reasons = accesses.map((_, i) => (i < explained ? assigned : undefined));
  return {
    level: 'tenant',
    day: '2026-03-04',
    tenant: 'acme',
    actor: { ...exampleActor, ...actor },
    accesses,
    explained: reasons,
    counts: countAccesses(accesses),
    unexplained: countAccesses(accesses.filter((_, i) => i >= explained)),
    canaries: [],
    linkUses: [],
    habit: false,
    domains: ['firm.example'],
    baseline: {
      actorDays: 20,
      workDays: 0,
      idleDays: 1,
      objects: { n: 20, level: 'person', median: 10, sigma: 0.6 },
      rows: { n: 20, level: 'person', median: 50, sigma: 1 },
      objectsOnce: undefined,
      taken: { n: 20, level: 'person', median: 1, sigma: 1 },
      deletes: { n: 20, level: 'person', median: 1, sigma: 0.7 },
      unexplainedDay: { p: 0.02, n: 500, level: 'role' },
      outsideDay: { p: 0.02, n: 500, level: 'role' },
      grantDay: { p: 0.005, n: 500, level: 'role' },
      idleObjects: 0,
      idleUsual: { n: 20, level: 'person', median: 1, sigma: 0.7 },
      ...baseline,
    },
  };
}

function exampleAccess(i: number, wish: Partial<JudgedAccess>): JudgedAccess {
  return {
    id: `a${String(i).padStart(4, '0')}`,
    at: noon + i * 1_000,
    seenAt: noon + i * 1_000 + 500,
    tenant: 'acme',
    source: 'fs1',
    class: 'file',
    action: 'read',
    outcome: 'success',
    actor: 'p1',
    actor_kind: 'person',
    object: `/o${i}`,
    ip: '10.0.0.7',
    count: 1,
    ...wish,
  };
}
