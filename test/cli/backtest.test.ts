import { expect, test } from '@jest/globals';
import { diffOf } from '../../cli/backtest.ts';
import type { Candidate } from '../../core/alert.ts';

const candidate = (id: string, score: number, detectors = ['surge']): Candidate => ({
  id,
  raised_at: '2026-03-04T12:00:00.000Z',
  day: '2026-03-04',
  actor: 'p1',
  tenants: ['acme'],
  detectors,
  score,
  severity: 'medium',
  because: [],
  accesses: [],
  unknown: [],
});

test('a difference names what came, what went and what changed, strongest first', () => {
  const before = [candidate('a', 2), candidate('b', 3), candidate('c', 4)];
  const after = [candidate('b', 3.5), candidate('c', 4), candidate('d', 1), candidate('e', 5)];
  const { added, gone, changed } = diffOf(before, after);
  expect(added.map(({ id }) => id)).toEqual(['e', 'd']);
  expect(gone.map(({ id }) => id)).toEqual(['a']);
  expect(changed.map((change) => [change.before.score, change.after.score])).toEqual([[3, 3.5]]);
});

test('a score that differs by rounding alone is the same; another detector is not', () => {
  expect(diffOf([candidate('a', 2)], [candidate('a', 2 + 1e-12)]).changed).toEqual([]);
  expect(diffOf([candidate('a', 2)], [candidate('a', 2, ['leaver'])]).changed).toHaveLength(1);
});
