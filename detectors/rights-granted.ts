import type { JudgedAccess } from '../core/scene.ts';
import type { TenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const selfExtra = 1.2;
const readAfterExtra = 0.8;
const perDecade = 10;
const scoreLimit = 1.5;
const acts = new Set(['grant', 'revoke', 'configure']);

/** Rights at a client changed by somebody who does not do that, or for themselves. */
export const rightsGranted: TenantDetector = {
  name: 'rights-granted',
  level: 'tenant',
  weight: 0.9,
  statistic: `−log10 of the share of days on which this person (role, firm) changes rights + (changes − 1) ÷ ${perDecade}, ${selfExtra} more for rights given to themselves, ${readAfterExtra} more if unexplained reading followed; limit ${scoreLimit}`,
  limits: { selfExtra, readAfterExtra, perDecade, scoreLimit },
  source: 'MITRE ATT&CK T1098; Microsoft Entra audit activity reference',
  falseAlarms: 'A site owner who adds a colleague; an administrator who repairs their own group.',
  runbook: [
    'Is there a request for it? Compare with tickets, also those written later.',
    'Given to whom, and did they read anything since?',
    'Take the right back if nobody asked for it.',
  ],
  attack: 'T1098',
  judge({ actor, day, tenant, accesses, unexplained, baseline }) {
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
        detector: 'rights-granted',
        actor: actor.id,
        tenants: [tenant],
        day,
        basis: 'statistic',
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
};

const isForSelf = ({ account, object_to }: JudgedAccess): boolean =>
  account !== undefined && object_to !== undefined && account.toLowerCase() === object_to.toLowerCase();
