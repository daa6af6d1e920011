import { robustZ } from './baseline/recent.ts';
import type { TenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, usually } from './judge/say.ts';

const deletesMin = 20;
const zPerDecade = 1.5;
const scoreLimit = 1.5;

/** Far more deleted than ever. */
export const massDeletion: TenantDetector = {
  name: 'mass-deletion',
  level: 'tenant',
  weight: 1,
  statistic: `robust z of ln(1 + deletions of the day) against the person’s own days in this client; from ${deletesMin}; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  limits: { deletesMin, zPerDecade, scoreLimit },
  source: 'MITRE ATT&CK T1485; CISA ransomware guide (2023)',
  falseAlarms: 'Tidying up at the end of a matter; retention that came due; a folder moved by copy and delete.',
  runbook: [
    'Stop the session if it is still going on; take a snapshot.',
    'Was it one folder (tidying) or many?',
    'Ask the person.',
  ],
  attack: 'T1485',
  judge({ actor, day, tenant, accesses, counts, baseline }) {
    if (counts.deletes < deletesMin) return [];
    const score = robustZ(counts.deletes, baseline.deletes) / zPerDecade;
    if (score < scoreLimit) return [];
    return [
      {
        detector: 'mass-deletion',
        actor: actor.id,
        tenants: [tenant],
        day,
        basis: 'statistic',
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
};
