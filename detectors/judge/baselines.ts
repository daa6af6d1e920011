/** What closed days have taught. It changes by `teach` alone, so kept lessons make the same baselines as the days themselves. */
import { type Calibration, createCalibration, type Given } from './calibrate.ts';
import { type ClientPast, createClientPast } from './client-past.ts';
import { createFirmPast } from './firm-past.ts';
import { gotOrMade } from './judged-day.ts';
import type { Lesson } from './lesson.ts';
import { Links } from './links.ts';
import { SourcePast } from './source-past.ts';
import { dayMs } from './who.ts';

export class Baselines {
  readonly firm = createFirmPast();
  readonly links = new Links();
  readonly sources = new SourcePast();
  readonly calibration: Calibration;
  private readonly clients = new Map<string, ClientPast>();

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
    this.firm.forget();
    this.calibration.forget();
    this.links.forget(day * dayMs);
    for (const client of this.clients.values()) client.forget(day);
  }
}
