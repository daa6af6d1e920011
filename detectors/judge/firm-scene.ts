/** Puts together what the firm level sees of one actor and day. */
import type { Directory } from '../../core/directory/directory.ts';
import { endKnownAt } from '../../core/explain/claims.ts';
import type { Explainer } from '../../core/explain.ts';
import type { Searched } from '../../core/firm-signs.ts';
import type { Geo } from '../../core/geo.ts';
import type {
  ActorView,
  FirmScene,
  Hour,
  JudgedAccess,
  Place,
  Ref,
  Relation,
  Spread,
  UnexplainedDay,
} from '../../core/scene.ts';
import { actsOf } from './acts.ts';
import { awayOf } from './away.ts';
import { isContent } from './count.ts';
import { inTime } from './day.ts';
import type { FirmPast } from './firm-past.ts';
import { type Mark, movedAmong } from './marks.ts';
import { placesOf } from './places.ts';
import { recordedLateOf } from './recorded-late.ts';
import { slipsOf } from './slips.ts';
import { dayMs, dayText, type Who } from './who.ts';

/** So many of yesterday's last places are held against today's first. */
export const placesKept = 4;

export interface FirmContext {
  readonly directory: Directory;
  readonly explainer: Explainer;
  readonly who: Who;
  readonly past: FirmPast;
  readonly geo: Geo;
  /** Fingerprints of what the actor read and wrote that day, where it was in more than one client. */
  readonly marks: (actor: string, day: number) => readonly Mark[];
  readonly names: readonly ClientName[];
  /** Other actors unexplained at this client in the open days of the window. */
  readonly crowdOpen: (tenant: string, day: number) => ReadonlySet<string>;
  /** Where the actor was last on the day before. */
  readonly placesBefore: (actor: string, day: number) => readonly Place[];
  /** This actor's earlier days that are still open. */
  readonly openUnexplained: (actor: string, day: number) => readonly UnexplainedDay[];
}

export function firmScene(
  actor: ActorView,
  day: number,
  spread: readonly Spread[],
  accesses: readonly JudgedAccess[],
  context: FirmContext,
): FirmScene {
  const { explainer, past, who, geo } = context;
  const inOrder = [...accesses].sort(inTime);
  const today: UnexplainedDay[] = [];
  const open = spread.filter(isUnexplained);
  if (open.length > 0) {
    today.push({
      daysAgo: 0,
      tenants: open.map(({ tenant }) => tenant),
      objects: open.reduce((n, s) => n + s.unexplained.objects, 0),
    });
  }
  const before = [...past.recent(actor.id, day), ...context.openUnexplained(actor.id, day)];
  const baseline = past.baseline(actor.id, actor.role, day);
  const noon = day * dayMs + dayMs / 2;
  const journeys = explainer.standing.travels(actor.id, noon, (day + 1) * dayMs);
  return {
    level: 'firm',
    day: dayText(day),
    actor,
    spread,
    relations: spread.map((s) => relationOf(actor, day, s, context)),
    places: [
      ...context.placesBefore(actor.id, day).slice(-placesKept),
      ...placesOf(inOrder, geo, context.directory, explainer.standing),
    ],
    hours: hoursOf(actor, inOrder, new Set<Ref>(open.flatMap((s) => s.unexplainedRefs)), who),
    moved: movedAmong(context.marks(actor.id, day)),
    searched: searchedBy(day, inOrder, context),
    failures: inOrder.filter((a) => a.class === 'identity' && a.action === 'login' && a.outcome !== 'success'),
    acts: actsOf(actor, inOrder),
    away: awayOf(actor, inOrder, context.directory, explainer.standing),
    slips: actor.kind === 'person' ? slipsOf(spread, context.directory) : [],
    recordedLate: recordedLateOf(actor.id, day, baseline.idleDays, before, explainer),
    unexplained: [...before, ...today],
    baseline: { ...baseline, travels: new Set(journeys.map(({ country }) => country)) },
  };
}

/** How a client is searched for: its name, or the first two words of it. */
export interface ClientName {
  readonly tenant: string;
  readonly pattern: string;
}

const nameCharsMin = 6;

export const clientNames = (directory: Directory): ClientName[] =>
  [...directory.clients.values()]
    .map(({ id, name }) => ({ tenant: id as string, pattern: name.toLowerCase() }))
    .filter(({ pattern }) => pattern.length >= nameCharsMin);

function searchedBy(day: number, accesses: readonly JudgedAccess[], context: FirmContext): Searched[] {
  const found = new Map<string, Ref[]>();
  for (const access of accesses) {
    if (access.action !== 'search' || access.object === undefined) continue;
    const text = access.object.toLowerCase();
    for (const { tenant, pattern } of context.names) {
      if (!text.includes(pattern) || context.explainer.explain({ ...access, tenant }, (day + 1) * dayMs)) continue;
      found.set(tenant, [...(found.get(tenant) ?? []), access]);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tenant, refs]) => ({ tenant, refs }));
}

export const isUnexplained = ({ unexplained }: Spread): boolean => unexplained.accesses + unexplained.denied > 0;

function hoursOf(actor: ActorView, accesses: readonly JudgedAccess[], unexplained: ReadonlySet<Ref>, who: Who): Hour[] {
  const hours = new Map<
    string,
    { hour: number; dayOff: boolean; refs: Ref[]; unexplained: number; contents: number }
  >();
  for (const access of accesses) {
    const at = who.localHour(actor, access.at);
    const key = `${at.hour}${at.dayOff}`;
    const found = hours.get(key);
    const one = unexplained.has(access) ? 1 : 0;
    const content = isContent(access) ? 1 : 0;
    if (found) {
      found.refs.push(access);
      found.unexplained += one;
      found.contents += content;
    } else hours.set(key, { ...at, refs: [access], unexplained: one, contents: content });
  }
  return [...hours.values()];
}

function relationOf(actor: ActorView, day: number, spread: Spread, context: FirmContext): Relation {
  const { directory, explainer, past } = context;
  const { tenant } = spread;
  const client = directory.clients.get(tenant as never);
  const at = (spread.unexplainedRefs[0] ?? spread.refs[0])?.at ?? day * dayMs;
  const knownAt = (day + 1) * dayMs;
  const open = isUnexplained(spread);
  const before = open ? past.crowd(tenant, day) : { actors: [], usual: 0 };
  const crowd = new Set(open ? [...before.actors, ...context.crowdOpen(tenant, day)] : []);
  if (open) crowd.add(actor.id);
  const peers = !open
    ? 0
    : explainer.claims
        .assignedEver(tenant)
        .filter(
          (other) =>
            other !== actor.id &&
            directory.people.get(other as never)?.team === actor.team &&
            explainer.claims.of(other, tenant).some((c) => c.kind === 'assignment' && c.recordedAt <= knownAt),
        ).length;
  return {
    tenant,
    sameTeam: client?.team !== undefined && client.team === actor.team,
    peers,
    restricted: client?.sensitivity === 'restricted',
    crowd: crowd.size,
    crowdUsual: before.usual,
    endedDaysAgo: endedDaysAgo(actor.id, tenant, at, knownAt, explainer),
    barrier: barrierOf(actor.id, tenant, at, knownAt, explainer),
  };
}

function endedDaysAgo(
  actor: string,
  tenant: string,
  at: number,
  knownAt: number,
  { claims }: Explainer,
): number | undefined {
  const ends = claims
    .of(actor, tenant)
    .filter((c) => c.kind === 'assignment' && c.recordedAt <= knownAt)
    .map((c) => endKnownAt(c, knownAt))
    .filter((to) => to <= at);
  return ends.length === 0 ? undefined : (at - Math.max(...ends)) / dayMs;
}

function barrierOf(
  actor: string,
  tenant: string,
  at: number,
  knownAt: number,
  { claims, standing }: Explainer,
): Relation['barrier'] {
  for (const { other, kind } of standing.barriers(tenant, at, knownAt)) {
    const works = claims
      .of(actor, other)
      .some((c) => c.kind === 'assignment' && c.recordedAt <= knownAt && c.from <= at && endKnownAt(c, knownAt) > at);
    if (works) return { other, kind };
  }
  return undefined;
}
