import { describe, expect, test } from '@jest/globals';
import {
  formatInZone,
  fromLocal,
  isoOf,
  isZone,
  localDate,
  localMidnight,
  offsetMs,
  parseInstant,
  parseTimestamp,
} from '../../core/time.ts';

const utc = (text: string) => Date.parse(text);

test('an instant is written as toISOString writes it, in any order and before 1970', () => {
  for (const at of [
    0,
    1,
    999,
    59_999,
    60_000,
    utc('2026-03-04T09:15:02.034Z'),
    -1,
    -60_001,
    utc('1969-12-31T23:59:59.999Z'),
  ]) {
    expect(isoOf(at)).toBe(new Date(at).toISOString());
  }
});

test('a reader sees the clock, its offset and where it hangs', () => {
  expect(formatInZone(utc('2026-03-04T08:15:02Z'), 'Europe/Berlin')).toBe('2026-03-04 09:15:02 +01:00 Europe/Berlin');
  expect(formatInZone(utc('2026-07-04T08:15:02Z'), 'America/St_Johns')).toBe(
    '2026-07-04 05:45:02 -02:30 America/St_Johns',
  );
});

describe('clocks are put forward and back:', () => {
  test('offsets change at the moment they change', () => {
    const change = utc('2026-03-29T01:00:00Z');
    expect(offsetMs('Europe/London', change - 1)).toBe(0);
    expect(offsetMs('Europe/London', change)).toBe(3_600_000);
    expect(offsetMs('Australia/Lord_Howe', utc('2026-04-04T14:59:59Z'))).toBe(11 * 3_600_000);
    expect(offsetMs('Australia/Lord_Howe', utc('2026-04-04T15:00:00Z'))).toBe(10.5 * 3_600_000);
  });

  test.each([
    ['a time that came twice is the first', 'Europe/London', '2026-10-25T01:30:00Z', '2026-10-25T00:30:00Z'],
    [
      'a time that never came is later by what was left out',
      'Europe/London',
      '2026-03-29T01:30:00Z',
      '2026-03-29T01:30:00Z',
    ],
    ['west of Greenwich too', 'America/Toronto', '2025-03-09T02:30:00Z', '2025-03-09T07:30:00Z'],
    ['an ordinary time', 'America/Toronto', '2025-02-09T19:01:59Z', '2025-02-10T00:01:59Z'],
    ['a day that Samoa left out', 'Pacific/Apia', '2011-12-30T12:00:00Z', '2011-12-30T22:00:00Z'],
  ])('%s', (_, zone, local, expected) => expect(isoOf(fromLocal(zone, utc(local)))).toBe(isoOf(utc(expected))));

  test('a day may have 23 or 25 hours, and may begin at one', () => {
    expect(localMidnight('Europe/London', '2026-03-29', 1) - localMidnight('Europe/London', '2026-03-29')).toBe(
      23 * 3_600_000,
    );
    expect(localMidnight('Europe/London', '2026-10-25', 1) - localMidnight('Europe/London', '2026-10-25')).toBe(
      25 * 3_600_000,
    );
    expect(isoOf(localMidnight('America/Sao_Paulo', '2018-11-04'))).toBe('2018-11-04T03:00:00.000Z');
    expect(localDate('Australia/Sydney', utc('2026-01-01T13:30:00Z'))).toBe('2026-01-02');
  });
});

describe('what a person writes for a time', () => {
  const now = utc('2026-03-04T12:00:00Z');
  const parse = (text: string, edge: 'from' | 'to' = 'from') =>
    isoOf(parseInstant(text, { now, zone: 'Europe/Berlin', edge }));
  test.each([
    ['2026-03-01', 'from', '2026-02-28T23:00:00.000Z'],
    ['2026-03-01', 'to', '2026-03-01T23:00:00.000Z'],
    ['2026-03-01T09:00:00+02:00', 'from', '2026-03-01T07:00:00.000Z'],
    ['2026-03-01T09:00Z', 'to', '2026-03-01T09:00:00.000Z'],
    ['-7d', 'from', '2026-02-25T12:00:00.000Z'],
    ['-90m', 'from', '2026-03-04T10:30:00.000Z'],
    ['now', 'to', '2026-03-04T12:00:00.000Z'],
  ] as const)('%s as %s', (text, edge, expected) => expect(parse(text, edge)).toBe(expected));

  test.each(['2026-02-30', 'yesterday', '2026-03-01T09:00:00', '2026-03-01T25:00:00Z', '', '7d'])('is not %s', (text) =>
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'USAGE' })),
  );
});

test('RFC 3339 keeps milliseconds, and a date that no calendar has is none', () => {
  expect(parseTimestamp('2026-03-04T09:15:02.123456Z')).toBe(utc('2026-03-04T09:15:02.123Z'));
  expect(parseTimestamp('2026-02-29T00:00:00Z')).toBeNaN();
  expect(isZone('Europe/London') && !isZone('Mars/Olympus') && !isZone('')).toBe(true);
});
