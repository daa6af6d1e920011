import { expect, test } from '@jest/globals';
import {
  checkpointDiagnosis,
  keyDiagnosis,
  roomDiagnosis,
  type SourceHour,
  sourceDiagnoses,
  spoolDiagnosis,
} from '../../cli/doctor-rules.ts';

const hourMs = 3_600_000;
const now = Date.parse('2026-03-04T12:30:00Z');
const hour = (ago: number, over: Partial<SourceHour> = {}): SourceHour => ({
  source: 'fs1',
  hour: Math.floor(now / hourMs) * hourMs - ago * hourMs,
  accesses: 3,
  ahead: 0,
  aheadMs: -1_000,
  ...over,
});
/** Ten days of nine to five, the last of them `ago` hours before now. */
const workdays = (ago: number) =>
  Array.from({ length: 10 }, (_, day) => Array.from({ length: 8 }, (_, i) => hour(ago + day * 24 + i))).flat();
const of = (hours: readonly SourceHour[]) =>
  sourceDiagnoses(['fs1'], hours, now).map(({ is, says }) => `${is}: ${says}`);

test.each([
  ['one that speaks now', workdays(0), ['fine: spoke less than an hour ago']],
  ['one whose night is as long as ever', workdays(17), ['fine: spoke 17 hours ago']],
  [
    'one silent far longer than ever',
    workdays(40),
    ['wrong: silent for 40 hours; its longest silence of 28 days was 16 hours'],
  ],
  ['one of which little is known', [hour(40)], ['notice: silent for 40 hours']],
  ['one that never spoke', [], ['notice: nothing came from it in the last 28 days']],
  ['another one that speaks', [hour(0, { source: 'pg1' })], ['notice: nothing came from it in the last 28 days']],
])('a source: %s', (_, hours, says) => {
  expect(of(hours)).toEqual(says);
});

test('stamps ahead of their arrival: the clock is wrong, and they do not hide a silence', () => {
  const future = hour(-30, { ahead: 3, aheadMs: 61 * 60_000 });
  expect(of([...workdays(40), future])).toEqual([
    expect.stringContaining('wrong: silent for 40 hours'),
    'wrong: 3 accesses are stamped up to 61 minutes after they arrived: its clock or its time_zone is wrong',
  ]);
});

test.each([
  [0o100600, 'fine'],
  [0o100400, 'fine'],
  [0o100640, 'wrong'],
  [0o100604, 'wrong'],
  [undefined, 'wrong'],
])('a key of mode %p is %s', (mode, is) => {
  expect(keyDiagnosis('vault.pem', mode).is).toBe(is);
});

test.each([
  [50, 'fine'],
  [9, 'notice'],
  [1, 'wrong'],
])('%p GB of 100 are %s', (free, is) => {
  expect(roomDiagnosis('/d', free * 1e9, 100e9, 2e9).is).toBe(is);
});

test.each([
  [0, 'fine'],
  [30, 'notice'],
  [95, 'wrong'],
])('a spool filled to %p of 100 is %s', (waiting, is) => {
  expect(spoolDiagnosis(waiting, 100).is).toBe(is);
});

test.each([
  [now - 60_000, true, 'fine'],
  [now - 20 * 60_000, true, 'wrong'],
  [undefined, true, 'wrong'],
  [now - 20 * 60_000, false, 'fine'],
  [undefined, false, 'fine'],
])('a last checkpoint at %p while Cordon runs (%p) is %s', (last, running, is) => {
  const about = { now, everyMs: 300_000, running };
  expect(checkpointDiagnosis(last, { ...about, folder: '/mnt/w' }).map((one) => one.is)).toEqual([is]);
  expect(checkpointDiagnosis(last, { ...about, folder: undefined }).map((one) => one.is)).toEqual([is, 'notice']);
});
