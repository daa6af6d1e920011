import type { SourceScene } from '../core/scene.ts';
import type { SourceDetector } from './detector.ts';
import { evidence } from './judge/say.ts';

const leastMin = 8;
const shareMax = 0.01;
const shape = 0.8;
const hoursMin = 2;
const daysMin = 14;
const scoreLimit = 3;
/** What is known from few days may not have seen the quietest one yet. */
const fewDays = 60;

/** A source says nothing, or nearly nothing, in hours in which it always speaks. */
export const logSilence: SourceDetector = {
  name: 'log-silence',
  level: 'source',
  weight: 1,
  statistic: `negative-binomial chance (shape ${shape}) of at most ${100 * shareMax} % of the expected accesses over ${hoursMin} or more neighbouring hours, in each of which no day alike had fewer than ${leastMin}; from ${daysMin} known days; score −log10 p, limit ${scoreLimit} + ${fewDays} ÷ known days`,
  limits: { leastMin, shareMax, shape, hoursMin, daysMin, fewDays, scoreLimit },
  source: 'MITRE ATT&CK T1562.008; NIST SP 800-92 section 4.2',
  falseAlarms: 'A maintenance window, a public holiday of one office, a collector that was updated.',
  runbook: [
    'Does the source itself still log? Look at the machine, not at Cordon.',
    'If the collector stopped: what it reads later closes the gap; if the log was off: the gap stays, and is evidence.',
    'What did other sources see of the administrators of that machine in those hours?',
  ],
  attack: 'T1562.008',
  judge(scene) {
    if (scene.days < daysMin) return [];
    return runsOf(scene).flatMap(({ from, hours, score }) => {
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
};

interface Run {
  readonly from: number;
  readonly hours: number;
  readonly score: number;
}

/** Neighbouring hours that expect something and say next to nothing. */
function runsOf({ seen, expected, least }: SourceScene): Run[] {
  const runs: Run[] = [];
  for (let hour = 0; hour < seen.length; hour += 1) {
    const due = expected[hour] ?? 0;
    if ((least[hour] ?? 0) < leastMin || (seen[hour] ?? 0) > shareMax * due) continue;
    const score = shape * Math.log10(1 + due / shape);
    const last = runs[runs.length - 1];
    if (last && last.from + last.hours === hour)
      runs[runs.length - 1] = { ...last, hours: last.hours + 1, score: last.score + score };
    else runs.push({ from: hour, hours: 1, score });
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
    least: expected.map((n) => n / 3),
    days: 40,
    nextAfter: expected.map(() => ({ id: 'a0001', at, seenAt: at + 500 })),
  };
}
