import { expect, test } from '@jest/globals';
import { countingJudge } from '../../cli/spread-counts.ts';
import type { Explainer } from '../../core/explain.ts';
import type { JudgedAccess } from '../../core/scene.ts';
import type { Judge } from '../../detectors/judge.ts';

const at = Date.parse('2026-03-04T09:15:02.000Z');
const dayOf = (instant: number) => Math.floor(instant / 86_400_000);

const access = (id: string, over: Partial<JudgedAccess> = {}): JudgedAccess => ({
  id,
  at,
  seenAt: at + 1_000,
  tenant: 'acme',
  source: 'fs1',
  class: 'file',
  action: 'read',
  outcome: 'success',
  actor: 'p1',
  actor_kind: 'person',
  object: '/srv/acme/secret.docx',
  count: 1,
  ...over,
});

function counting() {
  const fed: string[] = [];
  const closed: number[] = [];
  const judge: Judge = {
    take(accesses) {
      const fresh = [...accesses].filter(
        ({ id }, i, all) => !fed.includes(id) && i === all.findIndex((a) => a.id === id),
      );
      fed.push(...fresh.map(({ id }) => id));
      return fresh;
    },
    judge: () => ({ candidates: [], withdrawn: [], findings: [] }),
    close(day) {
      closed.push(day);
      return [];
    },
    recall: () => undefined,
    bygone: () => undefined,
    inputs: () => [],
    openDays: [7],
  };
  // Explained while it was known: asked as it was known when the access was seen.
  const explain: Explainer['explain'] = (asked, knownAt) =>
    asked.actor === 'p1' && knownAt === at + 1_000 ? ({ kind: 'assignment' } as never) : undefined;
  return { fed, closed, counts: countingJudge(judge, { explain } as Explainer) };
}

const cell = {
  hour: '2026-03-04T09:00:00.000Z',
  tenant: 'acme',
  class: 'file',
  action: 'read',
  outcome: 'success',
} as const;

test('what the judge takes for new is counted by actor, client and hour', () => {
  const { fed, counts } = counting();
  const late = { at: at + 3_600_000 };
  counts.take([
    access('a'),
    access('a'),
    access('b'),
    access('c', { actor: 'p2' }),
    access('d', late),
    access('e', { actor: undefined }),
  ]);
  expect(counts.spread()).toEqual([
    { ...cell, actor: 'p1', explained: 2, unexplained: 0 },
    { ...cell, actor: 'p2', explained: 0, unexplained: 1 },
    { ...cell, actor: 'p1', hour: '2026-03-04T10:00:00.000Z', explained: 1, unexplained: 0 },
    { ...cell, actor: '', explained: 0, unexplained: 1 },
  ]);
  expect(fed).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a cell that changed is said again, whole; one that did not, is not', () => {
  const { counts } = counting();
  counts.take([access('a'), access('c', { actor: 'p2' })]);
  counts.spread();
  expect(counts.spread()).toEqual([]);
  counts.take([access('b'), access('a')]);
  expect(counts.spread()).toEqual([{ ...cell, actor: 'p1', explained: 2, unexplained: 0 }]);
});

test('of a closed day nothing more is counted: half a count would replace the whole one', () => {
  const { closed, counts } = counting();
  counts.take([access('a')]);
  counts.spread();
  counts.close(dayOf(at));
  counts.take([access('b')]);
  expect(counts.spread()).toEqual([]);
  expect([closed, counts.openDays]).toEqual([[dayOf(at)], [7]]);
});

test('no row holds an object', () => {
  const { counts } = counting();
  counts.take([access('a')]);
  expect(JSON.stringify(counts.spread())).not.toContain('secret');
});
