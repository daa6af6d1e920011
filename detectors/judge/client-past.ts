/** What one client's own accesses taught about each actor there. Nothing of another client is in it. */

import { median, medianAbsoluteDeviation } from 'simple-statistics';
import type { JudgedAccess, TenantBaseline, Usual } from '../../core/scene.ts';
import { madToSigma, Recent } from '../baseline/recent.ts';
import type { ClientActorLesson } from './lesson.ts';
import { Opened } from './opened.ts';

interface Known {
  readonly objects: Recent;
  readonly rows: Recent;
  readonly taken: Recent;
  readonly deletes: Recent;
  readonly idle: Recent;
  /** Days with writing that nothing recorded explains. */
  readonly work: Recent;
}

/** Before anything is known: a day in a client is about ten objects, give or take a factor of three. */
const objectsPrior = { median: 10, sigma: 1.1, level: 'prior' } as const;
const takenPrior = { median: 1, sigma: 1.2, level: 'prior' } as const;
const deletesPrior = { median: 0.5, sigma: 1, level: 'prior' } as const;
const window = 90;
const workWindow = 30;
const workWritesMin = 2;

/** What a client's own past says; the rest of a tenant baseline is lent by the firm's counts. */
export type OwnBaseline = Omit<TenantBaseline, 'unexplainedDay' | 'outsideDay' | 'grantDay'>;

export interface ClientPast {
  baseline(actor: string, day: number, accesses: readonly JudgedAccess[], rowsElsewhere: Usual): OwnBaseline;
  learn(day: number, lesson: ClientActorLesson): void;
  /** Opened by people that day, whether or not it raised an alert. */
  opened(objects: readonly number[], day: number): void;
  forget(day: number): void;
}

export function createClientPast(): ClientPast {
  const actors = new Map<string, Known>();
  const everybody = new Recent();
  const opened = new Opened();
  return {
    baseline(actor, day, accesses, rowsElsewhere) {
      const known = actors.get(actor);
      const common: Usual | undefined = everybody.size > 0 ? everybody.usual(objectsPrior) : undefined;
      const prior = common
        ? { median: common.median, sigma: objectsPrior.sigma, level: 'client' as const }
        : objectsPrior;
      const last = known?.objects.lastDay;
      return {
        actorDays: known?.objects.within(day, window) ?? 0,
        workDays: known?.work.within(day, workWindow) ?? 0,
        idleDays: last === undefined ? undefined : day - last,
        objects: (known?.objects ?? nobody).usual(prior),
        objectsOnce: onceOf(known?.objects),
        rows: (known?.rows ?? nobody).usual(rowsElsewhere),
        taken: (known?.taken ?? nobody).usual(takenPrior),
        deletes: (known?.deletes ?? nobody).usual(deletesPrior),
        idleObjects: opened.idleAmong(accesses, day),
        idleUsual: (known?.idle ?? nobody).usual(deletesPrior),
      };
    },
    learn(day, { actor, counts, unexplainedWrites, idleObjects }) {
      let known = actors.get(actor);
      if (!known) {
        known = {
          objects: new Recent(),
          rows: new Recent(),
          taken: new Recent(),
          deletes: new Recent(),
          idle: new Recent(),
          work: new Recent(),
        };
        actors.set(actor, known);
      }
      known.objects.add(day, counts.objects);
      everybody.add(day, counts.objects);
      known.taken.add(day, counts.taken);
      if (unexplainedWrites >= workWritesMin) known.work.add(day, unexplainedWrites);
      known.deletes.add(day, counts.deletes);
      known.idle.add(day, idleObjects);
      if (counts.rowsMax > 0) known.rows.add(day, counts.rowsMax);
    },
    opened: (objects, day) => opened.learn(objects, day),
    forget: (day) => opened.forget(day),
  };
}

/** Days that make "once"; as many must lie between then and now. */
const onceDays = 8;

function onceOf(objects: Recent | undefined): Usual | undefined {
  const ends = objects?.ends(onceDays);
  if (!ends) return undefined;
  const sigma = Math.max(0.5, madToSigma * medianAbsoluteDeviation([...ends.first]));
  return { n: onceDays, level: 'person', median: Math.expm1(median([...ends.first])), sigma };
}

const nobody = new Recent();
