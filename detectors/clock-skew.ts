import type { Ref } from '../core/scene.ts';
import type { SourceScene } from '../core/source-scene.ts';
import { amount, scoreLimitOf, settingsOf, sourceDetector } from './detector.ts';
import { evidence } from './judge/say.ts';
import { exampleSource } from './judge/source-examples.ts';

const settings = settingsOf({
  futureMin: amount(3, 'accesses from the future, from which it speaks'),
  someScore: amount(1.5, 'score of one'),
  scoreLimit: scoreLimitOf(1.5),
});
const minuteMs = 60_000;

/** Records dated later than they arrived: a clock that is wrong, or was set so that a time fits a story. */
export const clockSkew = sourceDetector({
  name: 'clock-skew',
  weight: 1,
  statistic: ({ futureMin, someScore, scoreLimit }) =>
    `accesses of a source dated more than 5 minutes later than they arrived, beyond what its clock is usually ahead (the median of its last 30 days); from ${futureMin}; score ${someScore} + log10 of their number, limit ${scoreLimit}`,
  settings,
  source: 'MITRE ATT&CK T1070.006; NIST SP 800-92 section 2.3.1',
  falseAlarms:
    'A machine that lost its time server; a time zone set wrongly in the configuration; a first week of a clock that always was ahead.',
  runbook: [
    'Compare the clock of the source with that of the collector; look at its time service’s own log.',
    'Who may set the clock there, and what did they do in those hours on other sources?',
    'Read those accesses by their arrival (seen_at): that clock is not the source’s.',
  ],
  attack: 'T1070.006',
  judge({ tenant, future, usualAheadMs }, { futureMin, someScore, scoreLimit }) {
    if (tenant !== undefined || future.length < futureMin) return [];
    const furthest = Math.max(...future.map(({ at, seenAt }) => at - seenAt));
    const score = someScore + Math.log10(future.length);
    return [
      {
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${future.length} accesses dated up to ${Math.round(furthest / minuteMs)} minutes after their own arrival; ${Math.round(usualAheadMs / minuteMs)} minutes are usual at this source`,
        ...evidence(future, 1),
      },
    ];
  },
  examples: [
    { name: 'ten records from three hours ahead', scene: skewed(10, 180), speaks: ['firm'] },
    { name: 'a clock that is always a minute and a half ahead', scene: skewed(0, 0), speaks: [] },
  ],
});

function skewed(n: number, minutes: number): SourceScene {
  const arrived = Date.UTC(2026, 2, 4, 9);
  return exampleSource({
    future: Array.from(
      { length: n },
      (_, i): Ref => ({ id: `a${i}`, at: arrived + minutes * minuteMs, seenAt: arrived + i }),
    ),
    usualAheadMs: 90_000,
  });
}
