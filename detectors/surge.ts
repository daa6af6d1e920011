import { robustZ } from './baseline/recent.ts';
import { amount, divisor, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  zLimit: amount(2, 'spreads above the usual, from which it speaks'),
  zPerDecade: divisor(1.5, 'spreads above the usual that count as ten times rarer'),
  objectsMin: amount(30, 'distinct objects in a day, from which it speaks'),
  scoreLimit: scoreLimitOf(1.3),
});

/** Far more of one client's objects in a day than this person has ever needed. */
export const surge = tenantDetector({
  name: 'surge',
  family: 'volume',
  weight: 0.5,
  cap: 5,
  statistic: ({ zLimit, zPerDecade, objectsMin, scoreLimit }) =>
    `robust z of ln(1 + distinct objects of the day) against the person's own days in this client (median, 1.4826 × MAD); speaks from z ${zLimit} and ${objectsMin} objects; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  settings,
  source: 'Leys et al., Detecting outliers: use MAD, J. Exp. Soc. Psych. 49 (2013)',
  falseAlarms: 'A bundle for court, a data room being filled, a matter handed over, a sync client set up anew.',
  runbook: [
    'Was it read or carried off? Look at downloads, exports and copies first.',
    'Ask the matter’s lead whether a bundle or data room was due.',
    'Compare with notice given, travel and new devices of the person.',
  ],
  attack: 'T1530',
  judge({ counts, baseline, accesses, actor }, { zLimit, zPerDecade, objectsMin, scoreLimit }) {
    if (counts.objects < objectsMin || actor.kind === 'service') return [];
    const z = robustZ(counts.objects, baseline.objects);
    const score = z / zPerDecade;
    if (z < zLimit || score < scoreLimit) return [];
    return [
      {
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
});
