import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  idleMin: amount(30, 'days without any activity, from which it speaks'),
  daysPerDecade: divisor(30, 'further days that count as ten times rarer'),
  openExtra: amount(0.7, 'added to the score if something of it is unexplained'),
  actorDaysMin: amount(5, 'days on which the account must have been seen before'),
  scoreLimit: scoreLimitOf(1.2),
});

/** An account that slept for weeks is awake. */
export const dormantAccount = firmDetector({
  name: 'dormant-account',
  weight: 0.8,
  cap: 4,
  statistic: ({ idleMin, daysPerDecade, openExtra, actorDaysMin, scoreLimit }) =>
    `1.2 + (days without any activity − ${idleMin}) ÷ ${daysPerDecade}, ${openExtra} more if something unexplained was reached; accounts seen on at least ${actorDaysMin} days; limit ${scoreLimit}`,
  settings,
  source: 'CIS Control 5.3 (disable dormant accounts); NIST SP 800-53 AC-2(3)',
  falseAlarms: 'Parental leave, a sabbatical, a seasonal contractor.',
  runbook: [
    'Is the person back? Ask the manager.',
    'If not: disable the account, and find out from where it was used.',
  ],
  attack: 'T1078',
  judge({ spread, baseline }, { idleMin, daysPerDecade, openExtra, actorDaysMin, scoreLimit }) {
    const { idleDays, actorDays } = baseline;
    if (idleDays === undefined || idleDays < idleMin || actorDays < actorDaysMin) return [];
    const open = spread.some(isUnexplained);
    return [
      {
        tenants: spread.filter((s) => s.counts.accesses > 0).map(({ tenant }) => tenant),
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
});
