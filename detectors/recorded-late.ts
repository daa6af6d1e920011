import { firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';

const settings = settingsOf({ scoreLimit: scoreLimitOf(2) });
const hourMs = 3_600_000;

/** What was alerted on as unexplained is explained by paper that was written afterwards. */
export const recordedLate = firmDetector({
  name: 'recorded-late',
  weight: 0.6,
  cap: 3,
  statistic: ({ scoreLimit }) =>
    `any assignment, ticket or cover recorded after an access that it explains, where that access was alerted on as unexplained within 21 days; score ${scoreLimit} + log10 of the accesses it explains; always speaks`,
  settings,
  source:
    'Fabbri & LeFevre, PVLDB 5:1 (2011); Snodgrass, Developing Time-Oriented Database Applications (1999), on record time',
  falseAlarms:
    'Paperwork that is always late; somebody who did as the alert asked and wrote down what had been agreed.',
  runbook: [
    'Who recorded it, and on whose word? The person concerned must not have.',
    'Ask the client’s partner whether the work had been agreed before the access.',
    'Close the earlier alert with that fact, or as a violation.',
  ],
  attack: 'T1565.001',
  judge({ recordedLate: late }, { scoreLimit }) {
    return late.map(({ tenant, kind, recordedAt, daysAgo, accesses }) => ({
      tenants: [tenant],
      score: scoreLimit + Math.log10(Math.max(1, accesses.length)),
      limit: scoreLimit,
      severity: 'high' as const,
      because: `the ${kind} that explains what was alerted on ${daysAgo} days before was recorded only now, after the access; usually it is there before`,
      accesses,
      decidedAt: recordedAt,
    }));
  },
  examples: [
    {
      name: 'an assignment written the day after the alert',
      scene: exampleFirm({
        spread: [exampleSpread('acme', { accesses: 2 })],
        recordedLate: [
          {
            tenant: 'acme',
            kind: 'assignment',
            recordedAt: Date.UTC(2026, 2, 4) + 9 * hourMs,
            daysAgo: 1,
            accesses: ['a0001', 'a0002'],
          },
        ],
      }),
      speaks: ['acme'],
    },
    {
      name: 'paper that was there before',
      scene: exampleFirm({ spread: [exampleSpread('acme', { accesses: 2 })] }),
      speaks: [],
    },
  ],
});
