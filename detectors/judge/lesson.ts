/**
 * What one closed day teaches, apart from its accesses: all that the baselines ever learn goes through a lesson. So a judge
 * that is taught by kept lessons knows exactly what the one knew that made them, and a restart need not read what is closed.
 */
import { type Verdict, verdicts } from '../../core/closing.ts';
import type { Counts, JudgedAccess } from '../../core/scene.ts';
import type { Instant } from '../../core/types.ts';
import type { ActorDay } from './firm-past.ts';
import type { ActorDayJudged } from './judged-day.ts';
import { learntFrom } from './learn.ts';
import { numberOf } from './opened.ts';
import type { SourceHours } from './source-past.ts';
import { actorKey } from './who.ts';

/** Days with a score from here on do not teach the baselines. */
const keepOutFrom = 3.5;
/** Before so many days are known of an actor, everything is new and has to be learnt. */
const keepOutDaysMin = 10;
const fusedName = 'fused';

/** Plain data: it is the same after a way through JSON. */
export interface Lesson {
  readonly day: number;
  readonly firm: FirmLesson;
  readonly clients: Readonly<Record<string, ClientLesson>>;
  /** The last arrival, repeats included; what was recorded after it has no part in what the day says. */
  readonly seenUntil: Instant;
}

/** Counts, places and hours over all clients; no object's name. */
export interface FirmLesson {
  /** In order of actor. */
  readonly actors: readonly ActorLesson[];
  /** Earlier days that were kept out, and whose alert was closed as benign since: they teach now. */
  readonly released?: readonly KeptOut[];
  readonly sources: readonly SourceHours[];
}

export interface KeptOut {
  readonly day: number;
  readonly actor: string;
}

export interface ActorLesson {
  readonly learnt: ActorDay;
  /** The strongest claim of each detector, for the calibration. */
  readonly claims: readonly (readonly [detector: string, claim: number])[];
}

/** Of one client's own accesses: it never leaves that client's database. */
export interface ClientLesson {
  /** Distinct accesses it was made from. */
  readonly accesses: number;
  readonly actors: readonly ClientActorLesson[];
  /** Objects that people opened, as numbers; absent: nobody was there. */
  readonly opened?: readonly number[];
  readonly shares: readonly Share[];
  /** What each source said of this client, by hour. */
  readonly sources: readonly SourceHours[];
}

export interface ClientActorLesson {
  readonly actor: string;
  readonly counts: Counts;
  readonly unexplainedWrites: number;
  readonly idleObjects: number;
}

/** Somebody shared an object: whoever uses the link later comes by it. */
export interface Share {
  readonly object: string;
  readonly actor: string;
  readonly at: Instant;
}

export const shareOf = (access: JudgedAccess): Share | undefined =>
  access.action === 'share' && access.object !== undefined && access.outcome === 'success'
    ? { object: access.object, actor: actorKey(access), at: access.at }
    : undefined;

/** What the day holds that is about to be closed. */
export interface ClosingDay {
  readonly day: number;
  readonly judged: ReadonlyMap<string, ActorDayJudged>;
  readonly sources: FirmLesson['sources'];
  readonly clientSources: ReadonlyMap<string, readonly SourceHours[]>;
  /** Dated at a time that cannot be true. */
  readonly forged: (access: JudgedAccess) => boolean;
  readonly accesses: ReadonlyMap<string, number>;
  readonly seenUntil: Instant;
  /** Days known of an actor so far. */
  readonly daysOf: (actor: string) => number;
  /** What the actor's alert of the day was closed as by the time the day is closed. */
  readonly verdictOf: (actor: string) => Verdict | undefined;
  readonly released: readonly KeptOut[];
}

export function lessonOf(closing: ClosingDay): Lesson {
  const { day, judged, sources, clientSources, accesses, seenUntil, daysOf, forged, verdictOf, released } = closing;
  const inOrder = [...judged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  const clients = new Map<string, ClientMaking>();
  const clientOf = (tenant: string) => {
    const found = clients.get(tenant) ?? { actors: [], opened: undefined, shares: [] };
    clients.set(tenant, found);
    return found;
  };
  for (const tenant of accesses.keys()) clientOf(tenant);
  const actors = inOrder.map((one): ActorLesson => {
    const known = daysOf(one.actor.id) >= keepOutDaysMin;
    const told = learntFrom(day, one, known ? keepOutFrom : Number.POSITIVE_INFINITY);
    const verdict = verdictOf(one.actor.id);
    const keptOut = verdict === undefined ? told.keptOut : verdicts[verdict];
    // Whoever sets a clock must not teach what is usual.
    const untrue = one.accesses.some(forged);
    const learnt = { ...told, keptOut: keptOut || untrue };
    for (const { scene } of one.tenants) {
      const client = clientOf(scene.tenant);
      if (one.actor.kind === 'person') openedIn(client, scene.accesses, forged);
      client.shares.push(...scene.accesses.flatMap((access) => shareOf(access) ?? []));
      const { counts, unexplained, baseline } = scene;
      const { idleObjects } = baseline;
      client.actors.push({ actor: one.actor.id, counts, unexplainedWrites: unexplained.writes, idleObjects });
    }
    const claims = one.fused > 0 ? [...one.claims, [fusedName, one.fused] as const] : [...one.claims];
    return { learnt, claims: untrue ? [] : claims };
  });
  const made = [...clients]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tenant, { opened, ...rest }]) => {
      const own: ClientLesson = {
        accesses: accesses.get(tenant) ?? 0,
        ...rest,
        sources: clientSources.get(tenant) ?? [],
        ...(opened && { opened: [...opened] }),
      };
      return [tenant, own] as const;
    });
  return {
    day,
    firm: { actors, sources, ...(released.length > 0 && { released }) },
    clients: Object.fromEntries(made),
    seenUntil,
  };
}

interface ClientMaking {
  readonly actors: ClientActorLesson[];
  opened: Set<number> | undefined;
  readonly shares: Share[];
}

function openedIn(client: ClientMaking, accesses: readonly JudgedAccess[], forged: ClosingDay['forged']): void {
  client.opened ??= new Set();
  for (const access of accesses) {
    if (access.object === undefined || access.outcome !== 'success' || forged(access)) continue;
    client.opened.add(numberOf(access.object));
  }
}
