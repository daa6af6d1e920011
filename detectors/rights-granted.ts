import type { JudgedAccess } from '../core/scene.ts';
import { amount, divisor, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  selfExtra: amount(1.2, 'added to the score for rights given to themselves'),
  readAfterExtra: amount(0.8, 'added to the score if unexplained reading followed'),
  perDecade: divisor(10, 'further changes of rights that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.5),
});
const acts = new Set(['grant', 'revoke', 'configure']);

/** Rights at a client changed by somebody who does not do that, or for themselves. */
export const rightsGranted = tenantDetector({
  name: 'rights-granted',
  weight: 0.9,
  statistic: ({ selfExtra, readAfterExtra, perDecade, scoreLimit }) =>
    `−log10 of the share of days on which this person (role, firm) changes rights + (changes − 1) ÷ ${perDecade}, ${selfExtra} more for rights given to themselves, ${readAfterExtra} more if unexplained reading followed; limit ${scoreLimit}`,
  settings,
  source: 'MITRE ATT&CK T1098; Microsoft Entra audit activity reference',
  falseAlarms: 'A site owner who adds a colleague; an administrator who repairs their own group.',
  runbook: [
    'Is there a request for it? Compare with tickets, also those written later.',
    'Given to whom, and did they read anything since?',
    'Take the right back if nobody asked for it.',
  ],
  attack: 'T1098',
  judge({ actor, accesses, unexplained, baseline }, { selfExtra, readAfterExtra, perDecade, scoreLimit }) {
    if (actor.kind !== 'person') return [];
    const changes = accesses.filter(({ action, outcome }) => acts.has(action) && outcome === 'success');
    if (changes.length === 0) return [];
    const self = changes.some(isForSelf);
    const score =
      minusLog(baseline.grantDay.p) +
      (changes.length - 1) / perDecade +
      (self ? selfExtra : 0) +
      (unexplained.accesses > 0 ? readAfterExtra : 0);
    if (score < scoreLimit) return [];
    const { p, n, level } = baseline.grantDay;
    return [
      {
        score,
        limit: scoreLimit,
        severity: self ? 'high' : 'medium',
        because: `${changes.length} changes of rights${self ? ', one of them for themselves' : ''}; ${actor.role} does so on ${percent(p)} of days (from ${Math.round(n)} days of the ${level})`,
        ...evidence(changes, 1),
      },
    ];
  },
  examples: [
    {
      name: 'an associate adds themselves',
      scene: exampleScene({
        explained: 1,
        access: { action: 'grant', account: 'p1@firm.example', object_to: 'P1@firm.example' },
      }),
      speaks: ['acme'],
    },
    {
      name: 'an administrator who does it daily',
      scene: exampleScene({
        explained: 1,
        access: { action: 'grant', account: 'p1@firm.example', object_to: 'p2@firm.example' },
        baseline: { grantDay: { p: 0.6, n: 40, level: 'person' } },
      }),
      speaks: [],
    },
  ],
});

const isForSelf = ({ account, object_to }: JudgedAccess): boolean =>
  account !== undefined && object_to !== undefined && account.toLowerCase() === object_to.toLowerCase();
