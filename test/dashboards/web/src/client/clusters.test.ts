import { expect, test } from '@jest/globals';
import { clusters, merged } from '../../../../../dashboards/web/src/client/clusters.ts';

test('marks that lie on one another are one, with their number', () => {
  expect(clusters([10, 11, 12, 40], 5)).toEqual([
    { x: 11, count: 3 },
    { x: 40, count: 1 },
  ]);
});

test('a long run of close marks stays a run', () => {
  expect(clusters([0, 4, 8, 12, 16], 5).map(({ count }) => count)).toEqual([2, 2, 1]);
});

test('counts add up', () => {
  expect(
    merged(
      [
        { x: 1, count: 40 },
        { x: 2, count: 2 },
      ],
      5,
    ),
  ).toEqual([{ x: 1.5, count: 42 }]);
});
