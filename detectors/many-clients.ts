import { unattributed } from '../core/types.ts';
import { robustZ } from './baseline/recent.ts';
import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  clientsMin: amount(6, 'clients in a day, from which it speaks'),
  zPerDecade: divisor(1.3, 'spreads above the usual that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.5),
});

/** Far more clients in a day than this actor ever works for: also where a role explains each of them. */
export const manyClients = firmDetector({
  name: 'many-clients',
  weight: 0.8,
  cap: 4,
  statistic: ({ clientsMin, zPerDecade, scoreLimit }) =>
    `robust z of ln(1 + distinct clients of the day for which no assignment, ticket or cover of their own is known) against the actor’s own days; from ${clientsMin}; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  settings,
  source: 'Drift from own and peers’ behaviour: Eldardiry et al., IEEE SPW (2013)',
  falseAlarms: 'A firm-wide mailing, a migration, a review that nobody wrote a ticket for.',
  runbook: [
    'Is there one task behind it, and who gave it?',
    'If a role explains it: is the role’s scope wider than its work?',
  ],
  attack: 'T1213',
  judge({ actor, spread, baseline }, { clientsMin, zPerDecade, scoreLimit }) {
    const touched = spread.filter(
      ({ tenant, counts, dated }) => tenant !== unattributed && !dated && counts.accesses > 0,
    );
    if (touched.length < clientsMin || actor.kind !== 'person') return [];
    const score = robustZ(touched.length, baseline.clients) / zPerDecade;
    if (score < scoreLimit) return [];
    return [
      {
        tenants: touched.map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${touched.length} clients in a day without an assignment or ticket; ${usually(baseline.clients)}`,
        ...evidence(touched.flatMap(({ refs }) => refs)),
      },
    ];
  },
  examples: [
    {
      name: 'twenty clients by one who works for three',
      scene: exampleFirm({ spread: Array.from({ length: 20 }, (_, i) => exampleSpread(`c${i}`, { accesses: 1 })) }),
      speaks: Array.from({ length: 20 }, (_, i) => `c${i}`),
    },
    {
      name: 'three clients',
      scene: exampleFirm({ spread: ['a', 'b', 'c'].map((t) => exampleSpread(t, { accesses: 1 })) }),
      speaks: [],
    },
  ],
});
