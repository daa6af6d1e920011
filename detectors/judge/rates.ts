/** How often something happens on a day: this person's own share, leaning on their role's, which leans on the firm's. */
import type { Chance } from '../../core/scene.ts';

/** So many days of the level above weigh as much as the level's own. */
const personLean = 30;
const roleLean = 60;
const firmLean = 200;
/** Below this many own days, it is really the level above that speaks. */
const ownDaysMin = 20;

interface Share {
  hits: number;
  days: number;
}

export interface Rates {
  add(person: string, role: string, hit: boolean): void;
  decay(factor: number): void;
  chance(person: string, role: string): Chance;
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
    chance(person, role) {
      const own = people.get(person) ?? { hits: 0, days: 0 };
      const peers = roles.get(role) ?? { hits: 0, days: 0 };
      const all = (firm.hits + firmLean * prior) / (firm.days + firmLean);
      const theirs = (peers.hits + roleLean * all) / (peers.days + roleLean);
      const p = (own.hits + personLean * theirs) / (own.days + personLean);
      if (own.days >= ownDaysMin) return { p, n: own.days, level: 'person' };
      if (peers.days >= ownDaysMin) return { p, n: peers.days, level: 'role' };
      return { p, n: firm.days, level: firm.days >= ownDaysMin ? 'firm' : 'prior' };
    },
  };
}
