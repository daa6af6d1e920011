import { robustZ } from './baseline/recent.ts';
import { amount, divisor, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  deletesMin: amount(20, 'deletions in a day, from which it speaks'),
  zPerDecade: divisor(1.5, 'spreads above the usual that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.5),
});

/** Far more deleted than ever. */
export const massDeletion = tenantDetector({
  name: 'mass-deletion',
  weight: 1,
  statistic: ({ deletesMin, zPerDecade, scoreLimit }) =>
    `robust z of ln(1 + deletions of the day) against the person’s own days in this client; from ${deletesMin}; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  settings,
  source: 'MITRE ATT&CK T1485; CISA ransomware guide (2023)',
  falseAlarms: 'Tidying up at the end of a matter; retention that came due; a folder moved by copy and delete.',
  runbook: [
    'Stop the session if it is still going on; take a snapshot.',
    'Was it one folder (tidying) or many?',
    'Ask the person.',
  ],
  attack: 'T1485',
  judge({ accesses, counts, baseline }, { deletesMin, zPerDecade, scoreLimit }) {
    if (counts.deletes < deletesMin) return [];
    const score = robustZ(counts.deletes, baseline.deletes) / zPerDecade;
    if (score < scoreLimit) return [];
    return [
      {
        score,
        limit: scoreLimit,
        severity: 'high',
        because: `${counts.deletes} deletions in a day; ${usually(baseline.deletes)}`,
        ...evidence(accesses.filter(({ action }) => action === 'delete')),
      },
    ];
  },
  examples: [
    { name: 'sixty deletions', scene: exampleScene({ explained: 60, access: { action: 'delete' } }), speaks: ['acme'] },
    { name: 'three deletions', scene: exampleScene({ explained: 3, access: { action: 'delete' } }), speaks: [] },
  ],
});
