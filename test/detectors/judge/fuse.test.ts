import { expect, test } from '@jest/globals';
import { fuse, type Weighing } from '../../../detectors/judge/fuse.ts';
import { findingOf } from '../finding.ts';

const scoreOf = (score: number, weighing: Weighing) => fuse([findingOf({ score })], () => weighing)?.candidate.score;

test('a volume counts by its weight up to what the firm has seen, and in full beyond, up to its cap', () => {
  const volume: Weighing = { weight: 0.5, family: 'volume', cap: 5 };
  expect(scoreOf(2, volume)).toBe(1);
  expect(scoreOf(4, volume)).toBe(2.5);
  expect(scoreOf(9, volume)).toBe(3.5);
});

test('what is not a volume counts by its weight, however rare', () => {
  expect(scoreOf(4, { weight: 0.5 })).toBe(2);
  expect(scoreOf(9, { weight: 0.5, cap: 5 })).toBe(2.5);
});
