import { recordGapDetector, recordGapText } from '../core/record-gap.ts';
import type { StatedGap } from '../core/source-scene.ts';
import { isoOf } from '../core/time.ts';
import { amount, scoreLimitOf, settingsOf, sourceDetector } from './detector.ts';
import { evidence } from './judge/say.ts';
import { exampleSource } from './judge/source-examples.ts';

const settings = settingsOf({
  missingMin: amount(1, 'record numbers missing on a day, from which it speaks'),
  factMin: amount(10, 'record numbers missing on a day, from which it is a fact and ranks above all statistics'),
  someScore: amount(2, 'score of one'),
  scoreLimit: scoreLimitOf(2),
});

/** Records that a platform wrote and numbered, and that its log no longer had when it was read. */
export const recordGap = sourceDetector({
  name: recordGapDetector,
  weight: 1,
  statistic: ({ missingMin, factMin, someScore, scoreLimit }) =>
    `numbers that a platform gave its own records (EventRecordID of a Windows log, session_line_num of PostgreSQL) and that never came, where they lie far outside the holes that are usual in that log: more than 8 times the 90 % quantile of the longest hole of each of its last 30 days; numbers are waited for an hour, across files 6; from ${missingMin} on a day, a fact from ${factMin}; score ${someScore} + log10 of their number, limit ${scoreLimit}`,
  settings,
  source:
    'MITRE ATT&CK T1070.001; NIST SP 800-92 section 4.2; [MS-EVEN6] EventRecordID; PostgreSQL manual, section 19.8.4',
  falseAlarms:
    'A log that was overwritten before it was read (its size is too small, or the collector was off for long); a forwarder that got a new filter (a few days, until that is usual); a machine restored from a backup or set up anew with higher numbers; a file of a rotated log that was never given to the collector.',
  runbook: [
    'Is the hole still in the log itself? Compare the numbers with the machine’s own log, and with its copy in a backup.',
    'Was the collector off, or the log overwritten, between those two times? Then the hole begins where reading ended, and nothing after it is missing.',
    'Who was an administrator on that machine between those two times, and what did other sources see of them?',
    'If the records were deleted: keep the machine’s log file as it is; deleted records can often be recovered from it.',
    'If they turn up: import that file. They become accesses of their own; the statement that they were missing when the log was read stays.',
  ],
  attack: 'T1070.001',
  judge({ tenant, gaps }, { missingMin, factMin, someScore, scoreLimit }) {
    const missing = gaps.reduce((sum, gap) => sum + gap.missing.missing, 0);
    if (tenant !== undefined || gaps.length === 0 || missing < missingMin) return [];
    const usual = Math.max(...gaps.map((gap) => gap.missing.usual));
    return [
      {
        basis: missing >= factMin ? 'fact' : 'statistic',
        score: someScore + Math.log10(missing),
        limit: scoreLimit,
        severity: missing >= factMin ? 'high' : 'medium',
        because: `${recordGapText(gaps.map((gap) => gap.missing))}; ${usual === 0 ? 'usually none is missing there' : `holes of up to ${usual} are usual there`}`,
        ...evidence(gaps, 1),
      },
    ];
  },
  examples: [
    { name: 'two hours cut out of a Windows security log', scene: cut([gap(3_200)]), speaks: ['firm'] },
    { name: 'a single record taken out of a log that never had a hole', scene: cut([gap(1)]), speaks: ['firm'] },
    { name: 'a log whose numbers are whole, or as full of holes as ever', scene: cut([]), speaks: [] },
  ],
});

function gap(missing: number): StatedGap {
  const from = Date.UTC(2026, 2, 4, 9);
  const until = from + 7_200_000;
  const after = 2_275_386;
  return {
    ...{ id: 'a0001', at: until + 3_600_000, seenAt: until + 3_600_500 },
    missing: {
      ...{ series: 'FS3.firm.example/Security', missing, after, before: after + missing + 1 },
      ...{ from: isoOf(from), until: isoOf(until), usual: 0 },
    },
  };
}

function cut(gaps: readonly StatedGap[]) {
  return exampleSource({ source: 'win3', gaps });
}
