/** Small firm scenes for detectors' examples: one associate of team T1, one day, one client or more. */
import type { Counts, FirmBaseline, FirmScene, Place, Ref, Relation, Spread } from '../../core/scene.ts';
import { nothing } from './count.ts';
import { exampleActor } from './examples.ts';

const noon = Date.UTC(2026, 2, 4, 12);

export const exampleRefs = (n: number, from = noon): Ref[] =>
  Array.from({ length: n }, (_, i) => ({
    id: `a${String(i).padStart(4, '0')}`,
    at: from + i * 1_000,
    seenAt: from + i * 1_000 + 500,
  }));

const exampleCounts = (counts: Partial<Counts>): Counts => ({ ...nothing, ...counts });

export function exampleSpread(tenant: string, counts: Partial<Counts>, unexplained: Partial<Counts> = {}): Spread {
  const open = (unexplained.accesses ?? 0) + (unexplained.denied ?? 0);
  const refs = exampleRefs(Math.max(open, counts.accesses ?? 0));
  return {
    tenant,
    counts: exampleCounts(counts),
    dated: false,
    asked: false,
    unexplained: exampleCounts(unexplained),
    refs,
    unexplainedRefs: refs.slice(0, open),
    deniedRefs: refs.slice(0, unexplained.denied ?? 0),
  };
}

export const exampleRelation = (tenant: string, relation: Partial<Relation> = {}): Relation => ({
  tenant,
  sameTeam: false,
  peers: 0,
  restricted: false,
  crowd: 1,
  crowdUsual: 1,
  endedDaysAgo: undefined,
  barrier: undefined,
  ...relation,
});

export const examplePlace = (place: Partial<Place>): Place => ({
  ip: '192.0.2.7',
  country: 'GB',
  kind: 'isp',
  latitude: 51.5,
  longitude: -0.1,
  office: undefined,
  vpn: false,
  from: noon,
  until: noon,
  refs: exampleRefs(1),
  ...place,
});

export function exampleFirm(
  scene: Partial<Omit<FirmScene, 'baseline'>>,
  baseline: Partial<FirmBaseline> = {},
): FirmScene {
  return {
    level: 'firm',
    day: '2026-03-04',
    actor: exampleActor,
    spread: [],
    relations: [],
    places: [],
    hours: [],
    moved: [],
    searched: [],
    failures: [],
    slips: [],
    recordedLate: [],
    acts: [],
    away: [],
    unexplained: [],
    ...scene,
    baseline: {
      actorDays: 40,
      unexplainedDay: { p: 0.02, n: 500, level: 'role' },
      objects: { n: 40, level: 'person', median: 30, sigma: 0.6 },
      taken: { n: 40, level: 'person', median: 1, sigma: 1 },
      clients: { n: 40, level: 'person', median: 0, sigma: 0.5 },
      idleDays: 1,
      restrictedShare: { p: 0.1, n: 200, level: 'firm' },
      endedShare: { p: 0.01, n: 200, level: 'firm' },
      actDay: () => ({ p: 0.3, n: 500, level: 'role' }),
      farShare: { p: 0.35, n: 200, level: 'firm' },
      hourShare: (hour, dayOff) => ({ p: dayOff ? 0.01 : hour >= 8 && hour < 19 ? 0.6 : 0.01, n: 40, level: 'person' }),
      daysIn: (country) => (country === 'GB' ? 40 : 0),
      newCountry: { p: 0.005, n: 500, level: 'role' },
      travels: new Set(),
      ...baseline,
    },
  };
}
