import { robustZ } from './baseline/recent.ts';
import type { TenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, usually } from './judge/say.ts';

const zLimit = 2;
const objectsMin = 30;
const zPerDecade = 1.5;
const scoreLimit = 1.3;

/** Far more of one client's objects in a day than this person has ever needed. */
export const surge: TenantDetector = {
  name: 'surge',
  level: 'tenant',
  family: 'volume',
  weight: 0.5,
  cap: 5,
  statistic: `robust z of ln(1 + distinct objects of the day) against the person's own days in this client (median, 1.4826 × MAD); speaks from z ${zLimit} and ${objectsMin} objects; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  limits: { zLimit, zPerDecade, objectsMin, scoreLimit },
  source: 'Leys et al., Detecting outliers: use MAD, J. Exp. Soc. Psych. 49 (2013)',
  falseAlarms: 'A bundle for court, a data room being filled, a matter handed over, a sync client set up anew.',
  runbook: [
    'Was it read or carried off? Look at downloads, exports and copies first.',
    'Ask the matter’s lead whether a bundle or data room was due.',
    'Compare with notice given, travel and new devices of the person.',
  ],
  attack: 'T1530',
  judge({ counts, baseline, accesses, actor, tenant, day }) {
    if (counts.objects < objectsMin || actor.kind === 'service') return [];
    const z = robustZ(counts.objects, baseline.objects);
    const score = z / zPerDecade;
    if (z < zLimit || score < scoreLimit) return [];
    return [
      {
        detector: 'surge',
        actor: actor.id,
        tenants: [tenant],
        day,
        basis: 'statistic',
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${counts.objects} objects of a client in a day; ${usually(baseline.objects)}`,
        ...evidence(accesses),
      },
    ];
  },
  examples: [
    { name: 'twenty times a steady past', scene: exampleScene({ explained: 200 }), speaks: ['acme'] },
    { name: 'a busy day', scene: exampleScene({ explained: 25 }), speaks: [] },
  ],
};
