import { unattributed } from '../core/types.ts';
import { scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  scoreLimit: scoreLimitOf(3),
});
const dayMs = 86_400_000;

/** Somebody whose employment or contract has ended still acts. */
export const staleAccess = tenantDetector({
  name: 'stale-access',
  weight: 1,
  statistic: () =>
    'any successful act of an account whose owner had left, as known on that day; no baseline, always speaks',
  settings,
  source: 'NIST SP 800-53 rev. 5, AC-2 and PS-4',
  falseAlarms:
    'A contract was prolonged and nobody told the directory; a mailbox rule or sync client that goes on by itself.',
  runbook: [
    'Disable the account and its sessions now; then ask whether the contract was prolonged.',
    'Read what was opened since the last day, in all clients.',
    'Find out who used it: the address and the device say more than the name.',
  ],
  attack: 'T1078',
  judge({ actor, accesses, tenant }, { scoreLimit }) {
    const { leftAt } = actor;
    if (leftAt === undefined) return [];
    const refs = accesses.filter(({ at, outcome }) => at >= leftAt && outcome === 'success');
    const first = refs[0];
    if (!first) return [];
    const since = Math.max(0, Math.floor((first.at - leftAt) / dayMs));
    return [
      {
        tenants: tenant === unattributed ? [] : [tenant],
        basis: 'fact',
        score: scoreLimit + Math.log10(refs.length),
        limit: scoreLimit,
        severity: 'critical',
        because: `${refs.length} accesses ${since} days after employment or contract had ended; usually 0`,
        ...evidence(refs, 1),
      },
    ];
  },
  examples: [
    {
      name: 'a week after the contract ended',
      scene: exampleScene({ unexplained: 8, actor: { leftAt: Date.UTC(2026, 1, 25) } }),
      speaks: ['acme'],
    },
    { name: 'the same, employed', scene: exampleScene({ unexplained: 8 }), speaks: [] },
  ],
});
