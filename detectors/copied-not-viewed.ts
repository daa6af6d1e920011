import { robustZ } from './baseline/recent.ts';
import { amount, divisor, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  takenMin: amount(15, 'contents carried off in a day, from which it speaks'),
  zPerDecade: divisor(1.5, 'spreads above the usual that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.3),
});
const actions = new Set(['download', 'copy', 'print', 'export']);

/** Contents carried off (downloaded, copied, printed, exported) rather than viewed. */
export const copiedNotViewed = tenantDetector({
  name: 'copied-not-viewed',
  family: 'volume',
  weight: 0.6,
  cap: 4,
  statistic: ({ takenMin, zPerDecade, scoreLimit }) =>
    `robust z of ln(1 + downloads, copies, prints and exports of the day) against the person's own days in this client; from ${takenMin}; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  settings,
  source: 'CERT Guide to Insider Threats, chapter 3; MITRE ATT&CK T1567',
  falseAlarms: 'A sync client set up anew, a bundle for court, work taken on a flight.',
  runbook: [
    'Which tool? A sync client set up anew downloads everything it may.',
    'Is the person on notice, travelling, or on a new device?',
    'Ask what it was for, if no bundle was due.',
  ],
  attack: 'T1567',
  judge({ actor, accesses, counts, baseline }, { takenMin, zPerDecade, scoreLimit }) {
    if (counts.taken < takenMin || actor.kind === 'service') return [];
    const score = robustZ(counts.taken, baseline.taken) / zPerDecade;
    if (score < scoreLimit) return [];
    const share = Math.round((100 * counts.taken) / counts.accesses);
    return [
      {
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${counts.taken} contents carried off, ${share} % of the day’s accesses; ${usually(baseline.taken)}`,
        ...evidence(accesses.filter(({ action }) => actions.has(action))),
      },
    ];
  },
  examples: [
    {
      name: 'eighty downloads by one who downloads one',
      scene: exampleScene({ explained: 80, access: { action: 'download' } }),
      speaks: ['acme'],
    },
    { name: 'eighty reads', scene: exampleScene({ explained: 80 }), speaks: [] },
  ],
});
