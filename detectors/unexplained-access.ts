import type { z } from 'zod';
import type { Counts, TenantScene } from '../core/scene.ts';
import { amount, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { isContent } from './judge/count.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  scoreLimit: scoreLimitOf(0.3),
  manyFrom: amount(10, 'distinct objects, from which the severity is high'),
  workShare: amount(0.08, 'share of accesses that write, 0 to 1, from which it counts as work'),
  workMin: amount(2, 'writes, from which it counts as work'),
  workLess: amount(0.5, 'taken off the score where it counts as work'),
});

type Limits = z.output<typeof settings>;

/** Somebody reached a client and no fact known at that moment says why. */
export const unexplainedAccess = tenantDetector({
  name: 'unexplained-access',
  weight: 1,
  statistic: ({ scoreLimit, workShare, workMin, workLess }) =>
    `−log10 of: share of days on which this person (their role, the firm) reaches a client unexplained ÷ number of objects (P(X >= x) = 1/x), ${workLess} less where at least ${workMin} and ${workShare} of the accesses write; silent where the person has been writing for days; limit ${scoreLimit}`,
  settings,
  source: 'Fabbri & LeFevre, Explanation-Based Auditing, PVLDB 5:1 (2011)',
  falseAlarms:
    'A colleague asked for help or a precedent; an assignment or a ticket that was written down too late; a mis-click.',
  runbook: [
    'Look at the explanation "as known now": an assignment or ticket recorded since may settle it.',
    'Ask the client’s team whether the person was asked to help.',
    'Otherwise read the timeline of the person for that day and ask the person.',
  ],
  attack: 'T1213',
  judge(scene, limits) {
    const { scoreLimit, manyFrom, workLess } = limits;
    const { unexplained, baseline } = scene;
    if (unexplained.accesses + unexplained.denied === 0 || scene.actor.kind === 'service' || scene.habit) return [];
    const size = Math.max(1, unexplained.objects);
    const score = minusLog(baseline.unexplainedDay.p) + Math.log10(size) - (isWork(unexplained, limits) ? workLess : 0);
    if (score < scoreLimit) return [];
    const refs = scene.accesses.filter((access, i) => !scene.explained[i] && isContent(access));
    return [
      {
        score,
        limit: scoreLimit,
        severity: size >= manyFrom ? 'high' : 'medium',
        because: because(scene),
        ...evidence(refs),
      },
    ];
  },
  examples: [
    { name: 'twelve objects of a client without any fact', scene: exampleScene({ unexplained: 12 }), speaks: ['acme'] },
    {
      name: 'work that goes on for weeks and was never written down',
      scene: { ...exampleScene({ unexplained: 12 }), habit: true },
      speaks: [],
    },
    { name: 'the same work under an assignment', scene: exampleScene({ explained: 12 }), speaks: [] },
  ],
});

function because({ unexplained, baseline, actor }: TenantScene): string {
  const done = `${unexplained.objects} objects of a client without a known reason`;
  const refused = unexplained.denied > 0 ? ` and ${unexplained.denied} refused` : '';
  const { p, n, level } = baseline.unexplainedDay;
  return `${done}${refused}; ${actor.role} does so on ${percent(p)} of days (known from ${Math.round(n)} days of the ${level})`;
}

/** Who writes into a client's files works for it, as a rule: paperwork that is late, not curiosity. */
const isWork = ({ writes, deletes, accesses }: Counts, { workMin, workShare }: Limits): boolean =>
  writes >= workMin && writes >= workShare * accesses && deletes <= writes;
