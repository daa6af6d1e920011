import type { FirmScene } from '../core/scene.ts';
import { negativeBinomialTail } from './baseline/counts.ts';
import type { FirmDetector } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const windowDays = 21;
const workdaysPerWeek = 5;
/** How certain the usual rate is: so many times it was seen. */
const certainty = 4;
const daysMin = 2;
const scoreLimit = 0.5;

/** A little, from many clients, again and again: each day is nothing, the weeks are not chance. */
export const lowSlow: FirmDetector = {
  name: 'low-slow',
  level: 'firm',
  weight: 1.2,
  cap: 3,
  given: 'unexplained',
  statistic: `negative-binomial tail of days with unexplained clients (and of distinct ones) in ${windowDays} days, given one today, against the person’s and role’s share of such days; score −log10 p, limit ${scoreLimit}`,
  limits: { windowDays, certainty, daysMin, scoreLimit },
  source: 'Poisson–gamma surveillance of rare events; Noufaily et al., Statistics in Medicine 32 (2013)',
  falseAlarms:
    'A role that helps everybody and is not in the directory; a matter staffed for weeks that nobody wrote down.',
  runbook: [
    'List the clients and days (cordon spread --actor): is there one matter behind them?',
    'Ask the manager whether the role has changed.',
    'If neither explains it, read what was opened over all the weeks, not just today.',
  ],
  attack: 'T1213',
  judge(scene) {
    const today = scene.unexplained.filter(({ daysAgo }) => daysAgo === 0);
    const before = scene.unexplained.filter(({ daysAgo }) => daysAgo > 0 && daysAgo < windowDays);
    if (today.length === 0 || before.length + 1 < daysMin) return [];
    const { p: rate } = scene.baseline.unexplainedDay;
    const due = rate * Math.min(windowDays, scene.baseline.actorDays + 5) * (workdaysPerWeek / 7) * scene.actor.fte;
    const score = minusLog(negativeBinomialTail(before.length, due, certainty));
    if (score < scoreLimit) return [];
    return [{ ...said(scene, before.length + 1, due, score) }];
  },
  examples: [
    {
      name: 'the eighth such day in three weeks',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        unexplained: [0, 2, 4, 5, 8, 9, 11, 12].map((daysAgo) => ({
          daysAgo,
          tenants: [daysAgo % 2 ? 'globex' : 'acme'],
          objects: 1,
        })),
      }),
      speaks: ['acme'],
    },
    {
      name: 'the first in three weeks',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        unexplained: [{ daysAgo: 0, tenants: ['acme'], objects: 2 }],
      }),
      speaks: [],
    },
  ],
};

function said(scene: FirmScene, days: number, due: number, score: number) {
  const window = scene.unexplained.filter(({ daysAgo }) => daysAgo < windowDays);
  const clients = new Set(window.flatMap(({ tenants }) => tenants));
  const { p, n, level } = scene.baseline.unexplainedDay;
  return {
    detector: 'low-slow',
    actor: scene.actor.id,
    tenants: scene.unexplained.filter(({ daysAgo }) => daysAgo === 0).flatMap(({ tenants }) => tenants),
    day: scene.day,
    basis: 'statistic' as const,
    score,
    limit: scoreLimit,
    severity: 'high' as const,
    because: `${days} days with unexplained accesses in ${windowDays}, to ${clients.size} clients; ${(due + 1).toFixed(1)} would be usual (${percent(p)} of days, from ${Math.round(n)} days of the ${level})`,
    ...evidence(
      scene.spread.flatMap(({ unexplainedRefs }) => unexplainedRefs),
      1,
    ),
  };
}
