import { expect, test } from '@jest/globals';
import { recordGapsIn, recordGapText } from '../../core/record-gap.ts';

const gap = (series: string, from: string, until: string) => ({
  series,
  missing: 3,
  after: 1,
  before: 5,
  from,
  until,
  usual: 0,
});

test('what a sentence says of missing numbers is read back from it', () => {
  const text = recordGapText([
    gap('FS3/Security', '2026-03-04T23:10:02.500Z', '2026-03-05T01:00:00.000Z'),
    gap('sessions/67a9', '2026-03-05T09:00:00.000Z', '2026-03-05T09:00:00.900Z'),
  ]);
  expect(text).toBe(
    '3 numbers of FS3/Security never came, after 1 and before 5, written 2026-03-04 23:10:02 to 2026-03-05 01:00:00 UTC; ' +
      '3 numbers of sessions/67a9 never came, after 1 and before 5, written 2026-03-05 09:00:00 to 2026-03-05 09:00:00 UTC',
  );
  expect(recordGapsIn(text)).toEqual([
    { from: Date.UTC(2026, 2, 4, 23, 10, 2), until: Date.UTC(2026, 2, 5, 1, 0, 1) },
    { from: Date.UTC(2026, 2, 5, 9), until: Date.UTC(2026, 2, 5, 9, 0, 1) },
  ]);
});

test('a log that names itself oddly prints as one line, and many holes are counted', () => {
  const odd = gap('FS3\n\u0007; 9 numbers\u202e', '2026-03-05T09:00:00.000Z', '2026-03-05T09:01:00.000Z');
  expect(recordGapText([odd])).toMatch(/^3 numbers of FS3; 9 numbers never came/);
  const many = recordGapText(Array.from({ length: 33 }, () => odd));
  expect(many).toMatch(/; and 13 holes more$/);
  expect(recordGapsIn(many)).toHaveLength(20);
});

test('another sentence names none', () => {
  expect(recordGapsIn('0 accesses in 4 hours from 09:00 UTC (1200 are usual)')).toEqual([]);
});
