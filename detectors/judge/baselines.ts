/** What closed days have taught. It changes by `teach` alone, so kept lessons make the same baselines as the days themselves. */

import { gotOrMade } from '../../core/got-or-made.ts';
import { type Calibration, createCalibration, type Given } from './calibrate.ts';
import { type ClientPast, createClientPast } from './client-past.ts';
import type { ActorDay } from './firm-past.ts';
import { createFirmPast } from './firm-past.ts';
import type { ClientActorLesson, KeptOut, Lesson } from './lesson.ts';
import { Links } from './links.ts';
import { SourcePast } from './source-past.ts';
import { dayMs } from './who.ts';

/** A day that nobody said was fine by then never teaches. */
const keptDaysMax = 90;

interface Kept {
  readonly learnt: ActorDay;
  readonly clients: readonly (readonly [tenant: string, own: ClientActorLesson])[];
}

export class Baselines {
  readonly firm = createFirmPast();
  readonly links = new Links();
  readonly sources = new SourcePast();
  readonly calibration: Calibration;
  private readonly clients = new Map<string, ClientPast>();
  private readonly kept = new Map<string, Kept>();

  constructor(givenOf: (detector: string) => Given) {
    this.calibration = createCalibration(givenOf);
  }

  client(tenant: string): ClientPast {
    return gotOrMade(this.clients, tenant, createClientPast);
  }

  teach({ day, firm, clients, seenUntil }: Lesson): void {
    const keptOut = new Set(firm.actors.filter(({ learnt }) => learnt.keptOut).map(({ learnt }) => learnt.actor));
    for (const { claims, learnt } of firm.actors)
      this.calibration.learn(new Map(claims), learnt.unexplained.length > 0);
    for (const [tenant, lesson] of Object.entries(clients)) {
      const past = this.client(tenant);
      if (lesson.opened) past.opened(lesson.opened, day);
      for (const one of lesson.actors) if (!keptOut.has(one.actor)) past.learn(day, one);
      for (const share of lesson.shares) this.links.add(tenant, share);
    }
    this.sources.learn(
      day,
      firm.sources,
      Object.entries(clients).map(([tenant, { sources }]) => [tenant, sources] as const),
      seenUntil,
    );
    this.firm.learn(firm.actors.map(({ learnt }) => learnt));
    this.keep(day, firm.actors, clients);
    for (const one of firm.released ?? []) this.release(one);
    this.firm.forget();
    this.calibration.forget();
    this.links.forget(day * dayMs);
    for (const client of this.clients.values()) client.forget(day);
  }

  /** Days kept out so far that may still be released, in order. */
  get keptOut(): readonly KeptOut[] {
    return [...this.kept.values()].map(({ learnt: { day, actor } }) => ({ day, actor }));
  }

  private keep(day: number, actors: Lesson['firm']['actors'], clients: Lesson['clients']): void {
    for (const { learnt } of actors) {
      if (!learnt.keptOut) continue;
      const own = Object.entries(clients).flatMap(([tenant, lesson]) =>
        lesson.actors.filter(({ actor }) => actor === learnt.actor).map((one) => [tenant, one] as const),
      );
      this.kept.set(keyOf(learnt), { learnt, clients: own });
    }
    for (const [key, { learnt }] of this.kept) if (learnt.day < day - keptDaysMax) this.kept.delete(key);
  }

  private release(one: KeptOut): void {
    const kept = this.kept.get(keyOf(one));
    if (!kept) return;
    this.kept.delete(keyOf(one));
    this.firm.release(kept.learnt);
    for (const [tenant, own] of kept.clients) this.client(tenant).learn(kept.learnt.day, own);
  }
}

const keyOf = ({ day, actor }: KeptOut): string => `${day}\0${actor}`;
