import { expect, test } from '@jest/globals';
import { facesOf } from '../../../../dashboards/web/src/clock.ts';

test.each([
  ['Europe/London', 'Sun 29 Mar 2026 02:30:00.000 +01:00 Europe/London'],
  ['UTC', 'Sun 29 Mar 2026 01:30:00.000 +00:00 UTC'],
  ['America/St_Johns', 'Sat 28 Mar 2026 23:00:00.000 −02:30 America/St_Johns'],
  ['Asia/Kolkata', 'Sun 29 Mar 2026 07:00:00.000 +05:30 Asia/Kolkata'],
])('in %s the clock shows its own day and says how far it is from UTC', (zone, expected) => {
  expect(facesOf(zone).exact('2026-03-29T01:30:00.000Z')).toBe(expected);
});

test('a list shows the day and the time', () => {
  expect(facesOf('Europe/London').moment('2026-03-05T22:11:04.123Z')).toBe('Thu 5 Mar 22:11:04');
});
