import type { z } from 'zod';
import type { SourceScene } from '../core/scene.ts';
import { amount, divisor, scoreLimitOf, settingsOf, sourceDetector } from './detector.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  leastMin: amount(15, 'accesses that no day alike had fewer of in those hours'),
  shareMax: amount(0.01, 'share of the expected or usual, 0 to 1, up to which it speaks'),
  shape: divisor(0.8, 'size of the negative binomial of an hour’s accesses'),
  hoursMin: amount(3, 'neighbouring hours, from which it speaks'),
  daysMin: amount(14, 'days that must be known of the source'),
  fewDays: amount(30, 'days: the limit rises by this number ÷ known days'),
  scoreLimit: scoreLimitOf(2.5),
});

type Limits = z.output<typeof settings>;

/** A source says nothing, or nearly nothing, in hours in which it always speaks. */
export const logSilence = sourceDetector({
  name: 'log-silence',
  weight: 1,
  statistic: ({ leastMin, shareMax, shape, hoursMin, fewDays, scoreLimit }) =>
    `${hoursMin} or more neighbouring hours with at most ${100 * shareMax} % of the expected accesses, where no day alike had fewer than ${leastMin} in those hours or one hour beside; score log10(days alike + 1) + negative-binomial chance (shape ${shape}) of so few, limit ${scoreLimit} + ${fewDays} ÷ known days`,
  settings,
  source: 'MITRE ATT&CK T1562.008; NIST SP 800-92 section 4.2',
  falseAlarms: 'A maintenance window, a public holiday of one office, a collector that was updated.',
  runbook: [
    'Does the source itself still log? Look at the machine, not at Cordon.',
    'If the collector stopped: what it reads later closes the gap; if the log was off: the gap stays, and is evidence.',
    'What did other sources see of the administrators of that machine in those hours?',
  ],
  attack: 'T1562.008',
  judge(scene, limits) {
    const { hoursMin, daysMin, fewDays, scoreLimit } = limits;
    if (scene.days < daysMin) return [];
    return runsOf(scene, limits).flatMap(({ from, hours, score }) => {
      const after = scene.nextAfter[from + hours - 1];
      if (hours < hoursMin || score < scoreLimit + fewDays / scene.days || !after) return [];
      const expected = scene.expected.slice(from, from + hours).reduce((sum, n) => sum + n, 0);
      const seen = scene.seen.slice(from, from + hours).reduce((sum, n) => sum + n, 0);
      return {
        detector: 'log-silence',
        actor: `source:${scene.source}`,
        tenants: [],
        day: scene.day,
        basis: 'fact' as const,
        score,
        limit: scoreLimit,
        severity: 'high' as const,
        because: `${seen} accesses in ${hours} hours from ${String(from).padStart(2, '0')}:00 UTC; ${Math.round(expected)} are usual in those hours of the week (from ${Math.round(scene.days)} days of the source)`,
        ...evidence([after], 1),
      };
    });
  },
  examples: [
    { name: 'four hours of nothing on a workday', scene: quiet(9, 13), speaks: ['firm'] },
    { name: 'a night as quiet as all nights', scene: quiet(0, 5), speaks: [] },
  ],
});

interface Run {
  readonly from: number;
  readonly hours: number;
  readonly score: number;
}

/** Neighbouring hours that say next to nothing, together busy on every day alike. */
function runsOf({ seen, expected, alike }: SourceScene, { shareMax, shape, leastMin }: Limits): Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < seen.length; from += 1) {
    let until = from;
    while (until < seen.length && (seen[until] ?? 0) <= shareMax * (expected[until] ?? 0)) until += 1;
    if (until === from) continue;
    const sum = (hours: readonly number[], shift = 0) =>
      hours.slice(Math.max(0, from + shift), until + shift).reduce((total, n) => total + n, 0);
    // Clocks put forward or back move a job by an hour.
    const least = Math.min(...alike.flatMap((hours) => [-1, 0, 1].map((shift) => sum(hours, shift))));
    const score = Math.log10(alike.length + 1) + shape * Math.log10(1 + sum(expected) / shape);
    if (alike.length > 0 && least >= leastMin) runs.push({ from, hours: until - from, score });
    from = until;
  }
  return runs;
}

function quiet(from: number, until: number): SourceScene {
  const expected = Array.from({ length: 24 }, (_, hour) => (hour >= 7 && hour < 19 ? 300 : 1));
  const at = Date.UTC(2026, 2, 4, until);
  return {
    level: 'source',
    day: '2026-03-04',
    source: 'fs1',
    seen: expected.map((n, hour) => (hour >= from && hour < until ? 0 : n)),
    expected,
    alike: Array.from({ length: 20 }, () => expected.map((n) => n / 3)),
    days: 40,
    nextAfter: expected.map(() => ({ id: 'a0001', at, seenAt: at + 500 })),
  };
}
