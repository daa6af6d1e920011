import { robustZ } from './baseline/recent.ts';
import type { FirmDetector } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { evidence, usually } from './judge/say.ts';

const zMin = 1.5;
const growthMin = 3;
const objectsMin = 40;
const zPerDecade = 1.5;
const scoreLimit = 1.2;

/** Growth too slow for any day to stand out, meant to teach the baseline. */
export const habituation: FirmDetector = {
  name: 'habituation',
  level: 'firm',
  family: 'volume',
  weight: 0.6,
  cap: 4,
  statistic: `distinct objects of the day against the person’s first known days instead of the last ones, once the usual has grown ${growthMin}-fold; from ${objectsMin} objects and z ${zMin}; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  limits: { growthMin, objectsMin, zMin, zPerDecade, scoreLimit },
  source: 'Kloft & Laskov, Online anomaly detection under adversarial impact, AISTATS (2010)',
  falseAlarms: 'A new role or a growing matter: work that really became more.',
  runbook: ['Plot the days: did it grow by the same share each week?', 'Ask the manager whether the work grew too.'],
  attack: 'T1030',
  judge({ actor, day, spread, baseline }) {
    const once = baseline.objectsOnce;
    const objects = spread.reduce((sum, { counts }) => sum + counts.objects, 0);
    if (!once || actor.kind !== 'person' || objects < objectsMin) return [];
    if (baseline.objects.median < growthMin * Math.max(1, once.median)) return [];
    const z = robustZ(objects, once);
    const score = z / zPerDecade;
    if (z < zMin || score < scoreLimit) return [];
    return [
      {
        detector: 'habituation',
        actor: actor.id,
        tenants: spread.filter((s) => s.counts.objects > 0).map(({ tenant }) => tenant),
        day,
        basis: 'statistic',
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${objects} objects in a day, where weeks ago it was ${usually(once)}; now ${usually(baseline.objects)}`,
        ...evidence(spread.flatMap(({ refs }) => refs)),
      },
    ];
  },
  examples: [
    {
      name: 'from five a day to a hundred over weeks',
      scene: exampleFirm(
        { spread: [exampleSpread('acme', { accesses: 120, objects: 120 })] },
        {
          objects: { n: 40, level: 'person', median: 80, sigma: 0.6 },
          objectsOnce: { n: 12, level: 'person', median: 5, sigma: 0.6 },
        },
      ),
      speaks: ['acme'],
    },
    {
      name: 'always a hundred',
      scene: exampleFirm(
        { spread: [exampleSpread('acme', { accesses: 120, objects: 120 })] },
        {
          objects: { n: 40, level: 'person', median: 100, sigma: 0.6 },
          objectsOnce: { n: 12, level: 'person', median: 90, sigma: 0.6 },
        },
      ),
      speaks: [],
    },
  ],
};
