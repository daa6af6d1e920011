import { describe, expect, test } from '@jest/globals';
import type { Instant } from '../../core/types.ts';
import {
  ageMsMax,
  MergePace,
  mergesPerSecondLoaded,
  smallMergeRows,
  smallMergesPerSecondLoaded,
  smallMergesPerSecondMax,
  unhurriedRowsPerSecond,
  waitingBytesMax,
} from '../../ingest/merge-pace.ts';

const begun = 1_000_000;
const leastMs = 1_000;

/** A lane whose queue was begun then. */
const lane = (name: string, since: Instant, { rows = smallMergeRows, bytes = 1_000, busy = false } = {}) => ({
  name,
  load: { rows, bytes },
  busy,
  dueSince: (now: Instant, ageMs: number) => (!busy && now - since >= ageMs ? since : undefined),
});
const names = (due: ReturnType<MergePace['due']>) =>
  due.map(({ lane: one }) => (one as unknown as { name: string }).name);

/** So many rows each second for ten seconds. */
function loaded(rowsPerSecond: number, heldBytesMax?: number): { pace: MergePace; now: Instant } {
  const pace = new MergePace(leastMs, begun, heldBytesMax);
  let now = begun;
  for (let tick = 0; tick < 100; tick += 1) {
    now += 100;
    pace.arrived(rowsPerSecond / 10, now);
  }
  return { pace, now };
}

/** As fast as it gets, over many lanes. */
function crowded(heldBytesMax?: number): { pace: MergePace; now: Instant } {
  const found = loaded(unhurriedRowsPerSecond * 100, heldBytesMax);
  found.pace.came(1, 1_000, found.now);
  return found;
}

describe('a merge waits', () => {
  test('its least age while few records come', () => {
    const { pace, now } = loaded(unhurriedRowsPerSecond / 2);
    expect(pace.ageMs(now)).toBe(leastMs);
  });

  test('longer the faster they come, up to a limit', () => {
    const { pace, now } = loaded(unhurriedRowsPerSecond * 3);
    expect(pace.ageMs(now)).toBeGreaterThan(5 * leastMs);
    expect(pace.ageMs(now)).toBeLessThan(9 * leastMs);
    const flood = loaded(unhurriedRowsPerSecond * 100);
    expect(flood.pace.ageMs(flood.now)).toBe(ageMsMax);
  });

  test('no longer than a few lanes need for their merges to be few', () => {
    const { pace, now } = loaded(unhurriedRowsPerSecond * 100);
    const lanes = (count: number) => Array.from({ length: count }, (_, n) => lane(`${n}`, now));
    pace.due(lanes(mergesPerSecondLoaded * 3), 1, now, false);
    expect(pace.ageMs(now)).toBe(3_000);
    pace.due(lanes(1), 1, now, false);
    expect(pace.ageMs(now)).toBe(leastMs);
  });

  test('in memory, and not on the bus, while few records come', () => {
    const { pace, now } = loaded(unhurriedRowsPerSecond / 2);
    expect(pace.restMs(now)).toBe(0);
    expect(loaded(unhurriedRowsPerSecond * 100).pace.restMs(now)).toBeCloseTo(ageMsMax * 0.8);
  });

  test('as long for what comes to the bus and is left there as for what is handed over', () => {
    const pace = new MergePace(leastMs, begun);
    pace.came(1_000, 1, begun);
    expect(pace.restMs(begun)).toBe(0);
    pace.arrived(200, begun);
    for (let second = 1; second <= 10; second += 1) pace.came(50, 1, begun + second * 1_000);
    expect(pace.ageMs(begun + 10_000)).toBeGreaterThan(20 * leastMs);
    expect(pace.ageMs(begun + 30_000)).toBe(leastMs);
  });

  test('as long as the lanes need on which something lies, those never handed over too', () => {
    const { pace, now } = loaded(unhurriedRowsPerSecond * 100);
    pace.due([lane('one', now)], 1, now, false);
    pace.came(1, mergesPerSecondLoaded * 5, now);
    expect(pace.ageMs(now)).toBe(5_000);
  });

  test('its least age again soon after they stopped coming', () => {
    const { pace, now } = loaded(unhurriedRowsPerSecond * 5);
    expect(pace.ageMs(now + 6_000)).toBe(leastMs);
  });

  test('no less than its least age where that is above the limit', () => {
    expect(new MergePace(2 * ageMsMax, begun).ageMs(begun)).toBe(2 * ageMsMax);
  });
});

describe('those that go', () => {
  test('have waited long enough, the oldest first, no more than asked for', () => {
    const pace = new MergePace(leastMs, begun);
    const now = begun + 10_000;
    const lanes = [lane('younger', now - 2_000), lane('too young', now - 500), lane('oldest', now - 3_000)];
    expect(names(pace.due(lanes, 5, now, false))).toEqual(['oldest', 'younger']);
    expect(names(pace.due(lanes, 1, now, false))).toEqual(['oldest']);
  });

  test('are all that wait, when there is hurry', () => {
    const pace = new MergePace(leastMs, begun);
    const due = pace.due([lane('young', begun)], 5, begun, true);
    expect(due.map(({ ageMs }) => ageMs)).toEqual([0]);
  });

  test('are the largest, whatever their age, when too much waits in memory; never one that is busy', () => {
    const pace = new MergePace(leastMs, begun);
    const third = Math.ceil(waitingBytesMax / 3);
    const lanes = [
      lane('small', begun, { bytes: third - 10 }),
      lane('busy', begun, { bytes: third * 2, busy: true }),
      lane('large', begun, { bytes: third }),
    ];
    const due = pace.due(lanes, 5, begun, false);
    expect(names(due)).toEqual(['large', 'small']);
    expect(due.map(({ ageMs }) => ageMs)).toEqual([0, 0]);
    expect(pace.due(lanes.slice(0, 1), 5, begun, false)).toEqual([]);
  });

  test('are the largest, too, before so much waits that the bus hands over no more', () => {
    const heldBytesMax = 16_000;
    const pace = new MergePace(leastMs, begun, heldBytesMax);
    expect(names(pace.due([lane('one', begun, { bytes: heldBytesMax / 2 })], 5, begun, false))).toEqual(['one']);
    expect(pace.due([lane('one', begun, { bytes: heldBytesMax / 4 })], 5, begun, false)).toEqual([]);
  });

  test('are no small ones, while records come fast, as long as there is room: more of their lanes comes soon', () => {
    const heldBytesMax = 16_000;
    const at = (share: number, { pace, now } = crowded(heldBytesMax)) =>
      names(pace.due([lane('small', now, { rows: 10, bytes: heldBytesMax * share })], 5, now, false));
    expect(at(0.7)).toEqual([]);
    expect(at(0.76)).toEqual(['small']);
    expect(at(0.7, { pace: new MergePace(leastMs, begun, heldBytesMax), now: begun })).toEqual(['small']);
  });

  test('are the larger first while records come fast, and a small one when it has waited twice as long', () => {
    const { pace, now } = crowded();
    const waited = (name: string, ms: number, rows: number) => lane(name, now - ms, { rows });
    const small = waited('small', 1.5 * ageMsMax, 10);
    const large = waited('large', 1.2 * ageMsMax, smallMergeRows);
    expect(names(pace.due([small, large], 1, now, false))).toEqual(['large']);
    const older = waited('older', 2.3 * ageMsMax, 10);
    expect(names(pace.due([older, large], 1, now, false))).toEqual(['older']);
  });

  test('are only so many a second when they are small; large ones are not counted', () => {
    const pace = new MergePace(leastMs, begun);
    const now = begun + 60_000;
    const small = Array.from({ length: 100 }, (_, n) => lane(`small ${n}`, begun + n, { rows: 1 }));
    const large = lane('large', now - leastMs);
    const first = names(pace.due([...small, large], 200, now, false));
    expect(first).toHaveLength(smallMergesPerSecondMax + 1);
    expect(first).toContain('large');
    expect(pace.due(small, 200, now, false)).toEqual([]);
    expect(pace.due(small, 200, now + 500, false)).toHaveLength(smallMergesPerSecondMax / 2);
  });

  test('are fewer small ones while records come fast', () => {
    const { pace, now } = loaded(unhurriedRowsPerSecond * 5);
    const small = Array.from({ length: 100 }, (_, n) => lane(`small ${n}`, begun - 60_000 + n, { rows: 1 }));
    expect(pace.due(small, 200, now, false)).toHaveLength(smallMergesPerSecondLoaded);
  });
});
