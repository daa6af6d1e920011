/** Employment, absence, travel, barriers and office networks, each as known at a moment. */
import type { Directory } from '../directory/directory.ts';
import type { Absence, Fact, Travel } from '../facts.ts';
import { createNetworks, type Networks } from '../network.ts';
import type { Instant } from '../types.ts';

/** The last working evening lies after the midnight that ends it, where the office is west of the firm's zone. */
const lastEveningMs = 12 * 3_600_000;

export interface Employment {
  readonly state: 'unknown' | 'employed' | 'notice' | 'left';
  /** Notice: the last day. Left: since when. */
  readonly since: Instant | undefined;
  readonly fact: string | undefined;
}

export interface KnownBarrier {
  readonly other: string;
  readonly kind: 'absolute' | 'managed';
}

export interface Standing {
  employment(person: string, at: Instant, knownAt: Instant): Employment;
  absent(person: string, at: Instant, knownAt: Instant): Absence | undefined;
  travels(person: string, at: Instant, knownAt: Instant): readonly Travel[];
  /** The other sides of the barriers of this client. */
  barriers(tenant: string, at: Instant, knownAt: Instant): readonly KnownBarrier[];
  /** Which office's network (or VPN) holds the address. */
  office(ip: string, at: Instant, knownAt: Instant): { readonly office: string; readonly vpn: boolean } | undefined;
}

interface BarrierSpan extends KnownBarrier {
  readonly from: Instant;
  readonly recordedAt: Instant;
  readonly ends: readonly { readonly to: Instant; readonly recordedAt: Instant }[];
}

const unknown: Employment = { state: 'unknown', since: undefined, fact: undefined };
const employed: Employment = { state: 'employed', since: undefined, fact: undefined };

export function createStanding(directory: Directory, facts: readonly Fact[]): Standing {
  const careers = group(facts, (f) => (f.op === 'hire' || f.op === 'notice' || f.op === 'terminate' ? [f.person] : []));
  const absences = group(facts, (f) => (f.op === 'absence' ? [f.person] : []));
  const journeys = group(facts, (f) => (f.op === 'travel' ? [f.person] : []));
  const barriers = barrierSpans(directory, facts);
  return {
    employment: (person, at, knownAt) => employmentOf(careers.get(person) ?? [], directory, person, at, knownAt),
    absent: (person, at, knownAt) =>
      absences.get(person)?.find((f) => f.op === 'absence' && held(f, at, knownAt)) as Absence | undefined,
    travels: (person, at, knownAt) =>
      (journeys.get(person) ?? []).filter((f): f is Travel => f.op === 'travel' && held(f, at, knownAt)),
    barriers: (tenant, at, knownAt) =>
      (barriers.get(tenant) ?? []).filter(
        (b) =>
          b.from <= at && b.recordedAt <= knownAt && !b.ends.some((end) => end.recordedAt <= knownAt && end.to <= at),
      ),
    office: officeFinder(directory, facts),
  };
}

const held = (f: { from: Instant; to: Instant; recordedAt: Instant }, at: Instant, knownAt: Instant) =>
  f.recordedAt <= knownAt && f.from <= at && at < f.to;

function group(facts: readonly Fact[], keys: (fact: Fact) => readonly string[]): Map<string, Fact[]> {
  const groups = new Map<string, Fact[]>();
  for (const fact of facts) {
    for (const key of keys(fact)) {
      const list = groups.get(key);
      if (list) list.push(fact);
      else groups.set(key, [fact]);
    }
  }
  return groups;
}

function employmentOf(career: readonly Fact[], directory: Directory, person: string, at: Instant, knownAt: Instant) {
  let state: Employment =
    directory.people.has(person as never) || directory.services.has(person as never) ? employed : unknown;
  let hired = Number.NEGATIVE_INFINITY;
  for (const f of career)
    if (f.op === 'hire' && f.recordedAt <= knownAt && f.from <= at && f.from > hired) hired = f.from;
  for (const f of career) {
    if (f.recordedAt > knownAt) continue;
    if (f.op === 'terminate' && f.from > hired && at >= f.from + lastEveningMs)
      return { state: 'left' as const, since: f.from, fact: f.id };
    if (f.op === 'notice' && f.to > hired && f.from <= at) state = { state: 'notice', since: f.to, fact: f.id };
  }
  return state;
}

function barrierSpans(directory: Directory, facts: readonly Fact[]): Map<string, BarrierSpan[]> {
  const spans = new Map<string, BarrierSpan[]>();
  const add = (a: string, b: string, kind: KnownBarrier['kind'], from: Instant, recordedAt: Instant) => {
    const ends = facts.flatMap((f) =>
      f.op === 'unbarrier' && f.between.includes(a as never) && f.between.includes(b as never) && f.to > from
        ? [{ to: f.to, recordedAt: f.recordedAt }]
        : [],
    );
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const list = spans.get(one) ?? [];
      list.push({ other, kind, from, recordedAt, ends });
      spans.set(one, list);
    }
  };
  const always = Number.NEGATIVE_INFINITY;
  for (const { between, kind } of directory.barriers) add(between[0], between[1], kind, always, always);
  for (const f of facts) if (f.op === 'barrier') add(f.between[0], f.between[1], f.kind, f.from, f.recordedAt);
  return spans;
}

/** Each office move makes another table of networks; the one that held and was known is asked. */
function officeFinder(directory: Directory, facts: readonly Fact[]): Standing['office'] {
  type Found = { readonly office: string; readonly vpn: boolean };
  const moves = facts.filter((f) => f.op === 'office_move');
  const first: [string, Found][] = [];
  for (const office of directory.offices.values()) {
    for (const network of office.networks) first.push([network, { office: office.id, vpn: false }]);
    for (const network of office.vpn) first.push([network, { office: office.id, vpn: true }]);
  }
  const before = createNetworks<Found>(first);
  const later: { from: Instant; recordedAt: Instant; table: Networks<Found> }[] = moves.map((move) => ({
    from: move.from,
    recordedAt: move.recordedAt,
    table: createNetworks<Found>(move.networks.map((network) => [network, { office: move.office, vpn: false }])),
  }));
  return (ip, at, knownAt) => {
    for (const { from, recordedAt, table } of later) {
      const found = from <= at && recordedAt <= knownAt ? table.match(ip) : undefined;
      if (found) return found;
    }
    return before.match(ip);
  };
}
