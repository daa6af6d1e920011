import { robustZ } from './baseline/recent.ts';
import { amount, divisor, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  objectsMin: amount(20, 'distinct objects in a day, from which it speaks'),
  zPerDecade: divisor(1.5, 'spreads above the usual that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.3),
});

/** Objects that nobody had opened for weeks, many at once: somebody takes the archive along. */
export const idleObjects = tenantDetector({
  name: 'idle-objects',
  family: 'volume',
  weight: 0.3,
  cap: 4,
  statistic: ({ objectsMin, zPerDecade, scoreLimit }) =>
    `robust z of ln(1 + objects of the day that nobody opened for 30 days) against the person’s own days in this client; from ${objectsMin}; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  settings,
  source: 'Ben Salem & Stolfo, Modeling user search behavior for masquerade detection, RAID (2011)',
  falseAlarms: 'A matter taken up again; a bundle for court; the first weeks after a source was connected.',
  runbook: ['Was the matter taken up again?', 'Read or carried off? Is the person on notice?'],
  attack: 'T1005',
  judge({ actor, accesses, baseline }, { objectsMin, zPerDecade, scoreLimit }) {
    if (actor.kind === 'service' || baseline.idleObjects < objectsMin) return [];
    const score = robustZ(baseline.idleObjects, baseline.idleUsual) / zPerDecade;
    if (score < scoreLimit) return [];
    return [
      {
        score,
        limit: scoreLimit,
        severity: 'low',
        because: `${baseline.idleObjects} objects that nobody had opened for 30 days; ${usually(baseline.idleUsual)}`,
        ...evidence(accesses),
      },
    ];
  },
  examples: [
    {
      name: 'sixty objects of an old matter',
      scene: exampleScene({ explained: 60, baseline: { idleObjects: 60 } }),
      speaks: ['acme'],
    },
    { name: 'today’s work', scene: exampleScene({ explained: 60, baseline: { idleObjects: 2 } }), speaks: [] },
  ],
});
