/**
 * A day that is judged again after retention removed some clients' accesses of it: what those had taught is kept as it was learnt
 * then, what was said of whoever had them stands, and all else is learnt and said anew.
 */
import { gotOrMade } from '../../core/got-or-made.ts';
import type { Counts, JudgedAccess } from '../../core/scene.ts';
import { countAccesses } from './count.ts';
import type { ClientLesson, Lesson } from './lesson.ts';
import { actorKey } from './who.ts';

export interface Bygone {
  /** As it was learnt when all was there. */
  readonly lesson: Lesson;
  /** Clients of whom accesses of this day are gone. */
  readonly cut: ReadonlySet<string>;
  /** Actors who had some of those. */
  readonly actors: ReadonlySet<string>;
}

/** `left`: what is stored of the day, each access once. */
export function bygoneOf(lesson: Lesson, cut: ReadonlySet<string>, left: readonly JudgedAccess[]): Bygone {
  const cells = new Map<string, Map<string, JudgedAccess[]>>();
  for (const access of left) {
    const mine = gotOrMade(cells, actorKey(access), () => new Map<string, JudgedAccess[]>());
    gotOrMade(mine, access.tenant, (): JudgedAccess[] => []).push(access);
  }
  const leftOf = (actor: string, tenant?: string): number =>
    [...(cells.get(actor) ?? [])]
      .filter(([one]) => tenant === undefined || one === tenant)
      .reduce((sum, [, accesses]) => sum + attempts(countAccesses(accesses)), 0);
  const fewer = lesson.firm.actors
    .filter(({ learnt: { actor, total } }) => leftOf(actor) < attempts(total))
    .map(({ learnt: { actor } }) => actor);
  // A client's own part goes with what is kept longest of it; until then it tells who had something there.
  const fewerThere = [...cut].flatMap((tenant) =>
    (lesson.clients[tenant]?.actors ?? [])
      .filter(({ actor, counts }) => leftOf(actor, tenant) < attempts(counts))
      .map(({ actor }) => actor),
  );
  return { lesson, cut, actors: new Set([...fewer, ...fewerThere]) };
}

const attempts = ({ accesses, denied }: Counts): number => accesses + denied;

/** What was said of it then stands. Sources are no actors: what else they said that day is in the counts of then. */
export const stands = (
  { cut, actors }: Bygone,
  { actor, tenants }: { readonly actor: string | null; readonly tenants: readonly string[] },
): boolean =>
  actor === null
    ? tenants.some((tenant) => cut.has(tenant))
    : actors.has(actor) || (cut.size > 0 && actor.startsWith('source:'));

/** What the day teaches: of what is left, and of what is gone. */
export function withBygone(fresh: Lesson, bygone: Bygone | undefined): Lesson {
  if (!bygone) return fresh;
  const { lesson: then, cut, actors } = bygone;
  const clients = new Map(Object.entries(fresh.clients));
  for (const tenant of cut) {
    const before = then.clients[tenant];
    if (before) clients.set(tenant, ofClient(fresh.clients[tenant], before, actors));
  }
  return {
    day: fresh.day,
    firm: {
      ...fresh.firm,
      actors: joined(fresh.firm.actors, then.firm.actors, ({ learnt: { actor } }) => actor, actors),
      sources: then.firm.sources,
    },
    clients: Object.fromEntries([...clients].sort(([a], [b]) => (a < b ? -1 : 1))),
    seenUntil: Math.max(fresh.seenUntil, then.seenUntil),
  };
}

function ofClient(fresh: ClientLesson | undefined, then: ClientLesson, actors: ReadonlySet<string>): ClientLesson {
  const shares = new Map([...then.shares, ...(fresh?.shares ?? [])].map((share) => [JSON.stringify(share), share]));
  const opened = new Set([...(then.opened ?? []), ...(fresh?.opened ?? [])]);
  return {
    ...then,
    actors: joined(fresh?.actors ?? [], then.actors, ({ actor }) => actor, actors),
    shares: [...shares.values()],
    ...(opened.size > 0 && { opened: [...opened] }),
  };
}

/** In order of actor. */
function joined<One>(
  fresh: readonly One[],
  then: readonly One[],
  actorOf: (one: One) => string,
  actors: ReadonlySet<string>,
): One[] {
  const all = [...fresh.filter((one) => !actors.has(actorOf(one))), ...then.filter((one) => actors.has(actorOf(one)))];
  return all.sort((a, b) => (actorOf(a) < actorOf(b) ? -1 : 1));
}
