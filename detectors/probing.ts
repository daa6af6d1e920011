import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  deniedPerDecade: divisor(4, 'refused accesses that count as ten times rarer'),
  perFurtherClient: amount(0.6, 'added to the score for each further client that refused'),
  deniedMin: amount(2, 'refused accesses in a day, from which it speaks'),
  scoreLimit: scoreLimitOf(0.6),
});

/** Doors tried: refused again and again at clients that nobody assigned, then perhaps one that opens. */
export const probing = firmDetector({
  name: 'probing',
  weight: 0.6,
  given: 'unexplained',
  statistic: ({ deniedPerDecade, perFurtherClient, deniedMin, scoreLimit }) =>
    `refused accesses to unexplained clients in a day ÷ ${deniedPerDecade}, ${perFurtherClient} more for each further client that refused; from ${deniedMin}; limit ${scoreLimit}`,
  settings,
  source: 'MITRE ATT&CK T1083, T1135; OWASP ASVS 5.0, V16 (log access-control failures)',
  falseAlarms: 'A link in an old mail; a search index opened by a person; rights that are being repaired.',
  runbook: [
    'Did one of the refused clients open afterwards? Then read what was taken there.',
    'One folder many times is a broken shortcut; many clients once each is somebody looking.',
    'Ask the person what they were looking for.',
  ],
  attack: 'T1083',
  judge({ spread }, { deniedPerDecade, perFurtherClient, deniedMin, scoreLimit }) {
    const doors = spread.filter(({ unexplained }) => unexplained.denied > 0);
    const denied = doors.reduce((sum, { unexplained }) => sum + unexplained.denied, 0);
    if (denied < deniedMin) return [];
    const score = denied / deniedPerDecade + (doors.length - 1) * perFurtherClient;
    if (score < scoreLimit) return [];
    const opened = doors.filter(({ unexplained }) => unexplained.accesses > 0);
    const refs = doors.flatMap(({ deniedRefs }) => deniedRefs);
    return [
      {
        tenants: doors.map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: opened.length > 0 ? 'high' : 'medium',
        because: `refused ${denied} times at ${doors.length} clients without a known reason, ${opened.length} of them opened; usually 0 or 1`,
        ...evidence(refs),
      },
    ];
  },
  examples: [
    {
      name: 'refused sixteen times at two clients',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { denied: 8 }), exampleSpread('globex', {}, { denied: 8, accesses: 3 })],
      }),
      speaks: ['acme', 'globex'],
    },
    { name: 'one refusal', scene: exampleFirm({ spread: [exampleSpread('acme', {}, { denied: 1 })] }), speaks: [] },
  ],
});
