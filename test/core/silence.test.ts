import { expect, test } from '@jest/globals';
import { silencesIn, silentText } from '../../core/silence.ts';

test('what a sentence says of silences is read back from it', () => {
  const text = silentText([
    { from: 9, hours: 4, seen: 0, expected: 1_200 },
    { from: 20, hours: 4, seen: 2, expected: 300 },
  ]);
  expect(text).toBe(
    '0 accesses in 4 hours from 09:00 UTC (1200 are usual), 2 accesses in 4 hours from 20:00 UTC (300 are usual)',
  );
  expect(silencesIn(text, '2026-03-04')).toEqual([
    { from: Date.UTC(2026, 2, 4, 9), until: Date.UTC(2026, 2, 4, 13) },
    { from: Date.UTC(2026, 2, 4, 20), until: Date.UTC(2026, 2, 5) },
  ]);
});

test('another sentence names none', () => {
  expect(silencesIn('12 objects of a client without a known reason', '2026-03-04')).toEqual([]);
});
