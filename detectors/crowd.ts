import { negativeBinomialTail } from './baseline/counts.ts';
import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRelation, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence, minusLog } from './judge/say.ts';

const settings = settingsOf({
  certainty: divisor(4, 'how often the usual rate was seen: the size of the negative binomial'),
  crowdMin: amount(4, 'people within 5 days, from which it speaks'),
  scoreLimit: scoreLimitOf(0.7),
});

/** Many people who are not assigned look at the same client within days: curiosity about a name in the news. */
export const crowd = firmDetector({
  name: 'crowd',
  weight: 0.9,
  cap: 2.5,
  given: 'unexplained',
  statistic: ({ crowdMin, scoreLimit }) =>
    `negative-binomial tail of distinct unexplained people at one client in 5 days, against that client’s own past; from ${crowdMin} people; score −log10 p, limit ${scoreLimit}`,
  settings,
  source: 'Sentinel UEBA peer insights; hospital “celebrity” audits (Boxwala et al., JAMIA 18:4, 2011)',
  falseAlarms: 'A new matter whose staffing was not written down yet; a firm-wide training on one client’s files.',
  runbook: [
    'Is the client in the news? Is there one object that all of them opened?',
    'Ask the client’s partner whether a team was being put together.',
    'Restrict the client, and remind those people of the policy.',
  ],
  attack: 'T1213',
  judge({ spread, relations }, { certainty, crowdMin, scoreLimit }) {
    return relations.flatMap(({ tenant, crowd: people, crowdUsual }) => {
      const here = spread.find((s) => s.tenant === tenant);
      if (people < crowdMin || !here || !isUnexplained(here)) return [];
      const score = minusLog(negativeBinomialTail(people - 1, crowdUsual, certainty));
      if (score < scoreLimit) return [];
      return {
        tenants: [tenant],
        score,
        limit: scoreLimit,
        severity: 'medium' as const,
        because: `one of ${people} people without a known reason at this client within 5 days; ${crowdUsual.toFixed(1)} are usual`,
        ...evidence(here.unexplainedRefs, 1),
      };
    });
  },
  examples: [
    {
      name: 'nine people where one is usual',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        relations: [exampleRelation('acme', { crowd: 9, crowdUsual: 1 })],
      }),
      speaks: ['acme'],
    },
    {
      name: 'two people',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        relations: [exampleRelation('acme', { crowd: 2, crowdUsual: 1 })],
      }),
      speaks: [],
    },
  ],
});
