import { robustZ } from './baseline/recent.ts';
import { amount, divisor, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  growthMin: amount(2.5, 'times the first known usual that the present one must be'),
  objectsMin: amount(30, 'distinct objects in a day, from which it speaks'),
  zMin: amount(1.5, 'spreads above the usual, from which it speaks'),
  zPerDecade: divisor(1.5, 'spreads above the usual that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.2),
});

/** Growth too slow for any day to stand out, meant to teach the baseline. */
export const habituation = tenantDetector({
  name: 'habituation',
  family: 'volume',
  weight: 0.8,
  cap: 4,
  statistic: ({ growthMin, objectsMin, zMin, zPerDecade, scoreLimit }) =>
    `distinct objects of the day in one client against the person’s first known days there instead of the last ones, once the usual has grown ${growthMin}-fold; from ${objectsMin} objects and z ${zMin}; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  settings,
  source: 'Kloft & Laskov, Online anomaly detection under adversarial impact, AISTATS (2010)',
  falseAlarms: 'A new role or a growing matter: work that really became more.',
  runbook: ['Plot the days: did it grow by the same share each week?', 'Ask the manager whether the work grew too.'],
  attack: 'T1030',
  judge({ actor, counts, accesses, baseline }, { growthMin, objectsMin, zMin, zPerDecade, scoreLimit }) {
    const once = baseline.objectsOnce;
    if (!once || actor.kind !== 'person' || counts.objects < objectsMin) return [];
    if (baseline.objects.median < growthMin * Math.max(1, once.median)) return [];
    const z = robustZ(counts.objects, once);
    const score = z / zPerDecade;
    if (z < zMin || score < scoreLimit) return [];
    return [
      {
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${counts.objects} objects of a client in a day, where weeks ago it was ${usually(once)}; now ${usually(baseline.objects)}`,
        ...evidence(accesses),
      },
    ];
  },
  examples: [
    {
      name: 'from five a day to a hundred over weeks',
      scene: exampleScene({
        explained: 120,
        baseline: {
          objects: { n: 40, level: 'person', median: 80, sigma: 0.6 },
          objectsOnce: { n: 8, level: 'person', median: 5, sigma: 0.6 },
        },
      }),
      speaks: ['acme'],
    },
    {
      name: 'always a hundred',
      scene: exampleScene({
        explained: 120,
        baseline: {
          objects: { n: 40, level: 'person', median: 100, sigma: 0.6 },
          objectsOnce: { n: 8, level: 'person', median: 90, sigma: 0.6 },
        },
      }),
      speaks: [],
    },
  ],
});
