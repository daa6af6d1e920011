import { silenceDetector, silentText } from '../core/silence.ts';
import type { SourceScene } from '../core/source-scene.ts';
import { amount, divisor, scoreLimitOf, settingsOf, sourceDetector } from './detector.ts';
import { evidence } from './judge/say.ts';
import { silencesOf } from './judge/silence.ts';
import { exampleSource } from './judge/source-examples.ts';

const settings = settingsOf({
  leastMin: amount(15, 'accesses that no day alike had fewer of in those hours'),
  shareMax: amount(0.01, 'share of the expected or usual, 0 to 1, up to which it speaks'),
  shape: divisor(0.8, 'size of the negative binomial of an hour’s accesses'),
  hoursMin: amount(3, 'neighbouring hours, from which it speaks'),
  daysMin: amount(14, 'days that must be known of the source'),
  fewDays: amount(30, 'days: the limit rises by this number ÷ known days'),
  scoreLimit: scoreLimitOf(2.5),
});

/** A source says nothing, or nothing of one client, in hours in which it always speaks. */
export const logSilence = sourceDetector({
  name: silenceDetector,
  weight: 1,
  statistic: ({ leastMin, shareMax, shape, hoursMin, fewDays, scoreLimit }) =>
    `${hoursMin} or more neighbouring hours with at most ${100 * shareMax} % of the expected accesses of a source, or of a source about one client while it speaks of others, where no day alike (workdays, or days off; on a holiday, any) had fewer than ${leastMin} in those hours or one hour beside; score log10(days alike + 1) + negative-binomial chance (shape ${shape}) of so few, limit ${scoreLimit} + ${fewDays} ÷ known days; said once the source has spoken again`,
  settings,
  source: 'MITRE ATT&CK T1562.008; NIST SP 800-92 section 4.2',
  falseAlarms:
    'A maintenance window, a holiday that the directory does not know, a collector that was updated, a nightly job that was moved.',
  runbook: [
    'Does the source itself still log? Look at the machine, not at Cordon.',
    'If the collector stopped: what it reads later closes the gap; if the log was off: the gap stays, and is evidence.',
    'What did other sources see of the administrators of that machine in those hours?',
    'One client only: was its folder moved, or taken out of auditing?',
  ],
  attack: 'T1562.008',
  judge(scene, limits) {
    const { tenant, days, nextAfter } = scene;
    const { fewDays, scoreLimit } = limits;
    const silences = silencesOf(scene, limits).filter(
      ({ from, hours, score }) => score >= scoreLimit + fewDays / days && nextAfter[from + hours - 1],
    );
    const after = silences.flatMap(({ from, hours }) => nextAfter[from + hours - 1] ?? []);
    if (silences.length === 0) return [];
    const about = tenant === undefined ? '' : ' about this client, while the source spoke of others';
    return [
      {
        basis: tenant === undefined ? 'fact' : 'statistic',
        score: Math.max(...silences.map(({ score }) => score)),
        limit: scoreLimit,
        severity: tenant === undefined ? 'high' : 'medium',
        because: `${silentText(silences)}${about}; known from ${Math.round(days)} days of the source`,
        ...evidence(after, 1),
      },
    ];
  },
  examples: [
    { name: 'four hours of nothing on a workday', scene: quiet(9, 13), speaks: ['firm'] },
    {
      name: 'nothing of one client, while the source speaks of others',
      scene: { ...quiet(9, 13), tenant: 'acme', around: quiet(0, 0).seen },
      speaks: ['acme'],
    },
    {
      name: 'nothing of one client while the whole source is silent: that is said once, of the source',
      scene: { ...quiet(9, 13), tenant: 'acme', around: quiet(9, 13).seen },
      speaks: [],
    },
    { name: 'a night as quiet as all nights', scene: quiet(0, 5), speaks: [] },
  ],
});

function quiet(from: number, until: number): SourceScene {
  const expected = Array.from({ length: 24 }, (_, hour) => (hour >= 7 && hour < 19 ? 300 : 1));
  const at = Date.UTC(2026, 2, 4, until);
  return exampleSource({
    seen: expected.map((n, hour) => (hour >= from && hour < until ? 0 : n)),
    expected,
    alike: Array.from({ length: 20 }, () => expected.map((n) => n / 3)),
    nextAfter: expected.map(() => ({ id: 'a0001', at, seenAt: at + 500 })),
  });
}
