import { robustZ } from './baseline/recent.ts';
import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  objectsMin: amount(40, 'distinct objects beside the largest client, from which it speaks'),
  zMin: amount(1.3, 'spreads above the usual, from which it speaks'),
  zPerDecade: divisor(1.2, 'spreads above the usual that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.2),
});

/** Far more than ever, and of several clients on one day: a bundle for court is of one. */
export const sweep = firmDetector({
  name: 'sweep',
  family: 'volume',
  weight: 0.9,
  cap: 5,
  statistic: ({ objectsMin, zMin, zPerDecade, scoreLimit }) =>
    `robust z of ln(1 + distinct objects of the day without those of the client with most, and of clients that a ticket, cover or delegation sent them to) against the person’s own days over all clients; from ${objectsMin} objects and z ${zMin}; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  settings,
  source: 'CERT Guide to Insider Threats, chapter 3; Leys et al., J. Exp. Soc. Psych. 49 (2013)',
  falseAlarms: 'Several matters handed over on one day; a sync client set up anew.',
  runbook: [
    'Is the person about to leave, whether or not notice is recorded? Ask the manager.',
    'Read or carried off? Look at downloads, prints and external sharing of those days.',
    'Which tool? A sync client set up anew reads everything it may.',
  ],
  attack: 'T1530',
  judge({ actor, spread, baseline }, { objectsMin, zMin, zPerDecade, scoreLimit }) {
    if (actor.kind !== 'person') return [];
    const own = spread.filter(({ asked }) => !asked);
    const counts = own.map((s) => s.counts.objects);
    const all = counts.reduce((sum, n) => sum + n, 0);
    const beside = all - Math.max(0, ...counts);
    const z = robustZ(beside, baseline.objects);
    const score = z / zPerDecade;
    if (beside < objectsMin || z < zMin || score < scoreLimit) return [];
    const large = own.filter((s) => s.counts.objects >= all / 30);
    return [
      {
        tenants: large.map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'high',
        because: `${all} objects of ${large.length} clients in a day; over all clients together ${usually(baseline.objects)}`,
        ...evidence(large.flatMap(({ refs }) => refs)),
      },
    ];
  },
  examples: [
    {
      name: 'a hundred of each of three clients',
      scene: exampleFirm({
        spread: ['acme', 'globex', 'initech'].map((t) => exampleSpread(t, { accesses: 100, objects: 100 })),
      }),
      speaks: ['acme', 'globex', 'initech'],
    },
    {
      name: 'three hundred of one client, and a usual day at another',
      scene: exampleFirm({
        spread: [
          exampleSpread('acme', { accesses: 300, objects: 300 }),
          exampleSpread('globex', { accesses: 20, objects: 20 }),
        ],
      }),
      speaks: [],
    },
    {
      name: 'a review of three clients that tickets were written for',
      scene: exampleFirm({
        spread: ['acme', 'globex', 'initech'].map((t) => ({
          ...exampleSpread(t, { accesses: 100, objects: 100 }),
          asked: true,
        })),
      }),
      speaks: [],
    },
  ],
});
