import type { z } from 'zod';
import type { FirmScene } from '../core/scene.ts';
import { negativeBinomialTail } from './baseline/counts.ts';
import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  windowDays: amount(21, 'days looked back on; 21 at most are kept', 21),
  certainty: divisor(4, 'how often the usual rate was seen: the size of the negative binomial'),
  daysMin: amount(2, 'days with unexplained accesses in the window, from which it speaks'),
  scoreLimit: scoreLimitOf(0.5),
});
const workdaysPerWeek = 5;

type Limits = z.output<typeof settings>;

/** A little, from many clients, again and again: each day is nothing, the weeks are not chance. */
export const lowSlow = firmDetector({
  name: 'low-slow',
  weight: 1.2,
  cap: 3,
  given: 'unexplained',
  statistic: ({ windowDays, scoreLimit }) =>
    `negative-binomial tail of days with unexplained clients (and of distinct ones) in ${windowDays} days, given one today, against the person’s and role’s share of such days; score −log10 p, limit ${scoreLimit}`,
  settings,
  source: 'Poisson–gamma surveillance of rare events; Noufaily et al., Statistics in Medicine 32 (2013)',
  falseAlarms:
    'A role that helps everybody and is not in the directory; a matter staffed for weeks that nobody wrote down.',
  runbook: [
    'List the clients and days (cordon spread --actor): is there one matter behind them?',
    'Ask the manager whether the role has changed.',
    'If neither explains it, read what was opened over all the weeks, not just today.',
  ],
  attack: 'T1213',
  judge(scene, limits) {
    const { windowDays, certainty, daysMin, scoreLimit } = limits;
    const today = scene.unexplained.filter(({ daysAgo }) => daysAgo === 0);
    const before = scene.unexplained.filter(({ daysAgo }) => daysAgo > 0 && daysAgo < windowDays);
    if (today.length === 0 || before.length + 1 < daysMin) return [];
    const { p: rate } = scene.baseline.unexplainedDay;
    const due = rate * Math.min(windowDays, scene.baseline.actorDays + 5) * (workdaysPerWeek / 7) * scene.actor.fte;
    const score = minusLog(negativeBinomialTail(before.length, due, certainty));
    if (score < scoreLimit) return [];
    return [{ ...said(scene, before.length + 1, due, score, limits) }];
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
});

function said(scene: FirmScene, days: number, due: number, score: number, { windowDays, scoreLimit }: Limits) {
  const window = scene.unexplained.filter(({ daysAgo }) => daysAgo < windowDays);
  const clients = new Set(window.flatMap(({ tenants }) => tenants));
  const { p, n, level } = scene.baseline.unexplainedDay;
  return {
    tenants: scene.unexplained.filter(({ daysAgo }) => daysAgo === 0).flatMap(({ tenants }) => tenants),
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
