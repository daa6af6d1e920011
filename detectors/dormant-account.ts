import type { FirmDetector } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence } from './judge/say.ts';

const idleMin = 30;
const daysPerDecade = 30;
const openExtra = 0.7;
const actorDaysMin = 5;
const scoreLimit = 1.2;

/** An account that slept for weeks is awake. */
export const dormantAccount: FirmDetector = {
  name: 'dormant-account',
  level: 'firm',
  weight: 0.8,
  cap: 4,
  statistic: `1.2 + (days without any activity − ${idleMin}) ÷ ${daysPerDecade}, ${openExtra} more if something unexplained was reached; accounts seen on at least ${actorDaysMin} days; limit ${scoreLimit}`,
  limits: { idleMin, daysPerDecade, openExtra, actorDaysMin, scoreLimit },
  source: 'CIS Control 5.3 (disable dormant accounts); NIST SP 800-53 AC-2(3)',
  falseAlarms: 'Parental leave, a sabbatical, a seasonal contractor.',
  runbook: [
    'Is the person back? Ask the manager.',
    'If not: disable the account, and find out from where it was used.',
  ],
  attack: 'T1078',
  judge({ actor, day, spread, baseline }) {
    const { idleDays, actorDays } = baseline;
    if (idleDays === undefined || idleDays < idleMin || actorDays < actorDaysMin) return [];
    const open = spread.some(isUnexplained);
    return [
      {
        detector: 'dormant-account',
        actor: actor.id,
        tenants: spread.filter((s) => s.counts.accesses > 0).map(({ tenant }) => tenant),
        day,
        basis: 'statistic',
        score: scoreLimit + (idleDays - idleMin) / daysPerDecade + (open ? openExtra : 0),
        limit: scoreLimit,
        severity: open ? 'high' : 'medium',
        because: `active after ${Math.round(idleDays)} days without any access; usually a few`,
        ...evidence(
          spread.flatMap(({ refs }) => refs),
          1,
        ),
      },
    ];
  },
  examples: [
    {
      name: 'awake after seventy days',
      scene: exampleFirm({ spread: [exampleSpread('acme', { accesses: 3 })] }, { idleDays: 70 }),
      speaks: ['acme'],
    },
    {
      name: 'back from a week away',
      scene: exampleFirm({ spread: [exampleSpread('acme', { accesses: 3 })] }, { idleDays: 8 }),
      speaks: [],
    },
  ],
};
