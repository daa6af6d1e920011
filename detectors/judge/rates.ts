/** How often something happens on a day: this person's own share, leaning on their role's, which leans on the firm's. */
import type { Chance } from '../../core/scene.ts';

/** So many days of the level above weigh as much as the level's own. */
const personLean = 30;
const roleLean = 60;
const firmLean = 200;
/** Below this many own days, it is really the level above that speaks. */
const ownDaysMin = 20;

export interface Share {
  hits: number;
  days: number;
}

export interface Rates {
  add(person: string, role: string, hit: boolean): void;
  decay(factor: number): void;
  /** `less`: what of this person is left out, of their own share and of what it lent to their role's and the firm's. */
  chance(person: string, role: string, less?: Readonly<Share>): Chance;
}

export function createRates(prior: number): Rates {
  const firm: Share = { hits: 0, days: 0 };
  const roles = new Map<string, Share>();
  const people = new Map<string, Share>();
  const shareOf = (shares: Map<string, Share>, key: string) => {
    let share = shares.get(key);
    if (!share) {
      share = { hits: 0, days: 0 };
      shares.set(key, share);
    }
    return share;
  };
  return {
    add(person, role, hit) {
      for (const share of [firm, shareOf(roles, role), shareOf(people, person)]) {
        share.days += 1;
        if (hit) share.hits += 1;
      }
    },
    decay(factor) {
      for (const share of [firm, ...roles.values(), ...people.values()]) {
        share.days *= factor;
        share.hits *= factor;
      }
    },
    chance(person, role, less = nothing) {
      const own = without(people.get(person), less);
      const peers = without(roles.get(role), less);
      const { hits, days } = without(firm, less);
      const all = (hits + firmLean * prior) / (days + firmLean);
      const theirs = (peers.hits + roleLean * all) / (peers.days + roleLean);
      const p = (own.hits + personLean * theirs) / (own.days + personLean);
      if (own.days >= ownDaysMin) return { p, n: own.days, level: 'person' };
      if (peers.days >= ownDaysMin) return { p, n: peers.days, level: 'role' };
      return { p, n: days, level: days >= ownDaysMin ? 'firm' : 'prior' };
    },
  };
}

const nothing: Share = { hits: 0, days: 0 };

const without = ({ hits, days }: Share = nothing, less: Readonly<Share>): Share => ({
  hits: Math.max(0, hits - less.hits),
  days: Math.max(0, days - less.days),
});
