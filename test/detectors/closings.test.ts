/** What an alert was closed as decides whether its day teaches: from when that was said, and the same after a restart. */
import { expect, test } from '@jest/globals';
import { candidateId } from '../../core/alert.ts';
import { type Closings, closingsOf, type Verdict } from '../../core/closing.ts';
import type { Directory } from '../../core/directory/directory.ts';
import { createExplainer } from '../../core/explain.ts';
import type { JudgedAccess } from '../../core/scene.ts';
import { actorId } from '../../core/types.ts';
import { settingsOf, tenantDetector } from '../../detectors/detector.ts';
import { exampleScene } from '../../detectors/judge/examples.ts';
import type { Lesson } from '../../detectors/judge/lesson.ts';
import { createJudge, type Judge } from '../../detectors/judge.ts';
import { createRules } from '../../detectors/rules.ts';

const dayMs = 86_400_000;
const first = Date.UTC(2026, 0, 5) / dayMs;
const odd = first + 20;
const last = first + 30;
const dayText = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10);

/** Says how many days its baseline has learnt; a day with many objects is very odd. */
const learnt = tenantDetector({
  name: 'learnt',
  weight: 1,
  settings: settingsOf({}),
  statistic: () => 'any day; always speaks',
  source: 'this test',
  falseAlarms: 'none',
  runbook: [],
  judge: ({ counts, baseline }) => [
    {
      score: counts.objects > 100 ? 9 : 0,
      limit: 0,
      severity: 'low',
      because: `${baseline.actorDays}`,
      accesses: [],
      decidedAt: 0,
    },
  ],
  examples: [
    { name: 'a', scene: exampleScene({}), speaks: ['acme'] },
    { name: 'b', scene: exampleScene({}), speaks: ['acme'] },
  ],
});

const directory: Directory = {
  firm: { name: 'F', time_zone: 'UTC', domains: [], retention: {} },
  offices: new Map(),
  clients: new Map(),
  people: new Map(),
  services: new Map(),
  roles: [],
  barriers: [],
};

const accesses = (day: number): JudgedAccess[] =>
  Array.from({ length: day === odd ? 200 : 5 }, (_, i) => ({
    id: (day * 1_000 + i).toString(16).padStart(32, '0'),
    at: day * dayMs + 36_000_000 + i * 1_000,
    seenAt: day * dayMs + 36_000_000 + i * 1_000,
    tenant: 'acme',
    source: 'fs1',
    class: 'file',
    action: 'read',
    outcome: 'success',
    actor: actorId('p1'),
    actor_kind: 'person',
    object: `/o${i}`,
    count: 1,
  }));

const judgeWith = (closings: Closings): Judge =>
  createJudge({
    directory,
    explainer: createExplainer(directory, []),
    rules: createRules([learnt]),
    closings,
    floor: Number.NEGATIVE_INFINITY,
  });

/** Days known on each day from `from` on; and what the closed days taught. */
function daysKnown(judge: Judge, from = first): { known: Map<number, string>; lessons: Lesson[] } {
  const known = new Map<number, string>();
  const lessons: Lesson[] = [];
  for (let day = from; day <= last; day += 1) {
    judge.take(accesses(day));
    lessons.push(...judge.close(day - 1));
    for (const finding of judge.judge().findings) if (finding.day === dayText(day)) known.set(day, finding.because);
  }
  return { known, lessons };
}

const closed = (as: Verdict, day: number): Closings => {
  const at = new Date(day * dayMs).toISOString();
  return closingsOf(new Map([[candidateId('p1', dayText(odd)), [{ at, state: 'closed', reason: `${as}: why` }]]]));
};
const knownOn = (day: number, closings: Closings) => Number(daysKnown(judgeWith(closings)).known.get(day));
const nobody = closingsOf(new Map());

test('a day that raised an alert teaches nothing while nobody said what it was', () => {
  expect(knownOn(last, nobody)).toBe(last - first - 1);
});

test.each(['explained', 'duplicate', 'test'] as const)(
  'closed as %s before the day is closed: it teaches as any other',
  (as) => {
    expect(knownOn(odd + 1, closed(as, odd + 1))).toBe(odd + 1 - first);
  },
);

test.each(['malicious', 'policy', 'mistake'] as const)('closed as %s: it never teaches', (as) => {
  expect(knownOn(last, closed(as, odd + 1))).toBe(last - first - 1);
});

test('closed as benign days later: it teaches from then on, and not before', () => {
  const late = closed('explained', odd + 6);
  expect(knownOn(odd + 4, late)).toBe(odd + 4 - first - 1);
  expect(knownOn(last, late)).toBe(last - first);
});

test('a judge taught by lessons goes on as the one that made them', () => {
  const late = closed('explained', odd + 6);
  const { known, lessons } = daysKnown(judgeWith(late));
  const restarted = judgeWith(late);
  const until = odd + 3;
  for (const lesson of lessons.filter(({ day }) => day <= until))
    restarted.recall(JSON.parse(JSON.stringify(lesson)) as Lesson);
  const after = daysKnown(restarted, until + 1).known;
  expect([...after]).toEqual([...known].filter(([day]) => day > until));
});
