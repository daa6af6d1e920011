/** What one client's own accesses taught about each actor there. Nothing of another client is in it. */
import type { Counts, TenantBaseline, Usual } from '../../core/scene.ts';
import { Recent } from '../baseline/recent.ts';

interface Known {
  readonly objects: Recent;
  readonly rows: Recent;
  readonly taken: Recent;
}

/** Before anything is known: a day in a client is about ten objects, give or take a factor of three. */
const objectsPrior = { median: 10, sigma: 1.1, level: 'prior' } as const;
const takenPrior = { median: 1, sigma: 1.2, level: 'prior' } as const;
const window = 90;

export interface ClientPast {
  baseline(
    actor: string,
    day: number,
    rowsElsewhere: Usual,
  ): Pick<TenantBaseline, 'actorDays' | 'idleDays' | 'objects' | 'rows' | 'taken'>;
  learn(actor: string, day: number, counts: Counts): void;
}

export function createClientPast(): ClientPast {
  const actors = new Map<string, Known>();
  const everybody = new Recent();
  return {
    baseline(actor, day, rowsElsewhere) {
      const known = actors.get(actor);
      const common: Usual | undefined = everybody.size > 0 ? everybody.usual(objectsPrior) : undefined;
      const prior = common
        ? { median: common.median, sigma: objectsPrior.sigma, level: 'client' as const }
        : objectsPrior;
      const last = known?.objects.lastDay;
      return {
        actorDays: known?.objects.within(day, window) ?? 0,
        idleDays: last === undefined ? undefined : day - last,
        objects: (known?.objects ?? nobody).usual(prior),
        rows: (known?.rows ?? nobody).usual(rowsElsewhere),
        taken: (known?.taken ?? nobody).usual(takenPrior),
      };
    },
    learn(actor, day, counts) {
      let known = actors.get(actor);
      if (!known) {
        known = { objects: new Recent(), rows: new Recent(), taken: new Recent() };
        actors.set(actor, known);
      }
      known.objects.add(day, counts.objects);
      everybody.add(day, counts.objects);
      known.taken.add(day, counts.taken);
      if (counts.rowsMax > 0) known.rows.add(day, counts.rowsMax);
    },
  };
}

const nobody = new Recent();
