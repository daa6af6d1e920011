import { expect, test } from '@jest/globals';
import {
  certificateDiagnosis,
  checkpointDiagnosis,
  keyDiagnosis,
  roomDiagnosis,
  type SourceHour,
  sourceDiagnoses,
  spoolDiagnosis,
  topicsDiagnosis,
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
  const about = { now, everyMs: 300_000, runsSince: running ? now - 3_600_000 : undefined };
  expect(checkpointDiagnosis(last, { ...about, folder: '/mnt/w' }).map((one) => one.is)).toEqual([is]);
  expect(checkpointDiagnosis(last, { ...about, folder: undefined }).map((one) => one.is)).toEqual([is, 'notice']);
});

test('a Cordon that has just started is not blamed for checkpoints that it had no time to make', () => {
  const about = { now, everyMs: 300_000, folder: '/mnt/w' };
  for (const last of [undefined, now - 24 * hourMs]) {
    expect(checkpointDiagnosis(last, { ...about, runsSince: now - 599_000 })).toMatchObject([{ is: 'fine' }]);
    expect(checkpointDiagnosis(last, { ...about, runsSince: now - 601_000 })).toMatchObject([{ is: 'wrong' }]);
  }
});

test.each([
  [-1, 'wrong', 'is over since less than an hour'],
  [6 * 24, 'wrong', 'is over in 6 days'],
  [20 * 24, 'notice', 'is over in 20 days'],
  [40 * 24, 'fine', 'holds for 40 days'],
])('a certificate that ends in %p hours is %s', (hours, is, says) => {
  expect(certificateDiagnosis('c.crt', now + hours * hourMs + 1, now)).toMatchObject({
    about: 'certificate c.crt',
    is,
    says: expect.stringContaining(says),
  });
});

test.each([
  [[], true, 'fine', 'edge is let in; 4 topics are there for it'],
  [['cordon.a'], true, 'wrong', 'edge is let in, but cordon.a is not there for it'],
  [['cordon.a'], false, 'notice', 'cordon.a is not there'],
  [['a', 'b', 'c', 'd'], false, 'wrong', 'a, b, c and 1 more are not there'],
])('of four topics %p out of reach (an edge: %p) is %s', (missing, collectsOnly, is, says) => {
  const about = { user: 'edge', wanted: 4, missing, collectsOnly };
  expect(topicsDiagnosis('login', about)).toMatchObject({ is, says: expect.stringContaining(says) });
});
