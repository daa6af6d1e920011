import { expect, test } from '@jest/globals';
import {
  between,
  midnights,
  moved,
  spanAround,
  ticks,
  windowMsMin,
  zoomed,
} from '../../../../../dashboards/web/src/client/scale.ts';

const hour = 3_600_000;
const at = (text: string) => Date.parse(text);
const week = { from: at('2026-03-02T00:00:00Z'), until: at('2026-03-09T00:00:00Z') };

test('ticks stand on round times of the zone, not of UTC', () => {
  const { ticks: found } = ticks(week, 900, 'Asia/Kolkata');
  expect(found.filter(({ midnight }) => midnight).map((tick) => new Date(tick.at).toISOString())).toContain(
    '2026-03-02T18:30:00.000Z',
  );
});

test('ticks stay round over a change of the clocks', () => {
  const change = { from: at('2026-03-28T00:00:00Z'), until: at('2026-03-31T00:00:00Z') };
  const { ticks: found } = ticks(change, 400, 'Europe/London');
  expect(found.map((tick) => new Date(tick.at).toISOString())).toEqual([
    '2026-03-28T00:00:00.000Z',
    '2026-03-29T00:00:00.000Z',
    '2026-03-29T23:00:00.000Z',
    '2026-03-30T23:00:00.000Z',
  ]);
});

test.each([320, 700, 1_600])('at %i pixels labels have room', (width) => {
  const { ticks: found } = ticks(week, width, 'UTC');
  const gaps = found.slice(1).map((tick, n) => tick.x - (found[n]?.x ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(92);
});

test('years are not drawn as a wall of midnights', () => {
  expect(midnights(week, 900, 'UTC')).toHaveLength(7);
  expect(midnights({ from: 0, until: week.until }, 900, 'UTC')).toEqual([]);
});

test('zooming keeps the instant under the pointer where it is', () => {
  const around = at('2026-03-03T12:00:00Z');
  const closer = zoomed(week, 0.5, around);
  const share = ({ from, until }: typeof week) => (around - from) / (until - from);
  expect(closer.until - closer.from).toBeCloseTo((week.until - week.from) / 2, -4);
  expect(share(closer)).toBeCloseTo(share(week), 4);
});

test('zooming ends at the least window', () => {
  let window = week;
  for (let n = 0; n < 40; n += 1) window = zoomed(window, 0.5);
  expect(window.until - window.from).toBeGreaterThanOrEqual(windowMsMin);
});

test('moving keeps the length', () => {
  expect(moved({ from: 0, until: hour }, -0.5)).toEqual({ from: -hour / 2, until: hour / 2 });
});

test('a brush may be drawn either way', () => {
  expect(between(hour, 0)).toEqual({ from: 0, until: hour });
});

test('a link into the timeline covers whole local days around the accesses', () => {
  expect(spanAround([at('2026-03-05T22:11:04Z')], 'Europe/London')).toEqual({
    from: '2026-03-02T00:00:00.000Z',
    until: '2026-03-07T00:00:00.000Z',
  });
  expect(spanAround([], 'UTC')).toEqual({});
});
