import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs } from './judge/firm-examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  failuresMin: amount(5, 'failed logins in a day, from which it speaks'),
  perDecade: divisor(4, 'failed logins that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.2),
});

/** Passwords tried. */
export const loginFailures = firmDetector({
  name: 'login-failures',
  weight: 0.6,
  cap: 4,
  statistic: ({ failuresMin, perDecade, scoreLimit }) =>
    `failed logins of one account in a day ÷ ${perDecade}, from ${failuresMin}; limit ${scoreLimit}`,
  settings,
  source: 'MITRE ATT&CK T1110; NIST SP 800-63B section 5.2.2',
  falseAlarms: 'A phone that still has the old password; a caps-lock key.',
  runbook: [
    'From the usual address? Then it is a device with an old password.',
    'Did one succeed afterwards from the same address?',
  ],
  attack: 'T1110',
  judge({ failures }, { failuresMin, perDecade, scoreLimit }) {
    const score = failures.length / perDecade;
    if (failures.length < failuresMin || score < scoreLimit) return [];
    return [
      {
        tenants: [],
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${failures.length} failed logins in a day; usually 0 to 2`,
        ...evidence(failures),
      },
    ];
  },
  examples: [
    { name: 'twenty failures', scene: exampleFirm({ failures: exampleRefs(20) }), speaks: ['firm'] },
    { name: 'two failures', scene: exampleFirm({ failures: exampleRefs(2) }), speaks: [] },
  ],
});
