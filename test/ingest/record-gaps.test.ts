/** Holes in a platform's own record numbers: which are stated, and which are usual. */
import { describe, expect, test } from '@jest/globals';
import { type NumberState, RecordGaps } from '../../ingest/record-gaps.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const begin = Date.UTC(2026, 2, 2);
const log = 'FS3/Security';

interface Said {
  readonly number: number;
  readonly at: number;
  readonly seenAt?: number;
  readonly file?: string;
  readonly session?: string;
  readonly unreadable?: number;
}

/** Every record is an access here, so that each could state what is owed. */
function stated(gaps: RecordGaps, records: readonly Said[]) {
  return records.flatMap(({ number, at, seenAt = at + 2_000, file = 'a.log', session, unreadable = 0 }) => {
    gaps.take({ log, session, number }, at, { file, seenAt, unreadable });
    return gaps.owed(log, at) ?? [];
  });
}

/** One record a minute: enough to know the log after a day. */
const minutes = (from: number, until: number, more: Partial<Said> = {}): Said[] =>
  Array.from({ length: until - from }, (_, i) => ({ number: from + i, at: begin + (from + i) * minuteMs, ...more }));
const known = 2_000;
const cut = (from: number, until: number, last = until + 200) => [...minutes(0, from), ...minutes(until, last)];

test('numbers cut out of a whole log are stated by the next access, once, with where and when', () => {
  expect(stated(new RecordGaps('win3'), cut(known, known + 90))).toEqual([
    {
      ...{ series: log, missing: 90, after: known - 1, before: known + 90, usual: 0 },
      from: new Date(begin + (known - 1) * minuteMs).toISOString(),
      until: new Date(begin + (known + 90) * minuteMs).toISOString(),
    },
  ]);
});

test('a single record is missed, too', () => {
  expect(stated(new RecordGaps('win3'), cut(known, known + 1)).map(({ missing }) => missing)).toEqual([1]);
});

test('a hole waits for an access, however long none comes', () => {
  const gaps = new RecordGaps('win3');
  for (const { number, at } of cut(known, known + 90, known + 3_000))
    gaps.take({ log, number }, at, { file: 'a.log', seenAt: at, unreadable: 0 });
  expect(gaps.owed('FS4/Security', begin + 9 * dayMs)).toBeUndefined();
  // An access of before the hole that came late is not what the hole lies before.
  expect(gaps.owed(log, begin)).toBeUndefined();
  expect(gaps.owed(log, begin + 9 * dayMs)).toHaveLength(1);
});

test('several holes of one hour are one statement', () => {
  const some = minutes(known, known + 40).filter(({ number }) => number % 4 !== 0);
  const said = stated(new RecordGaps('win3'), [...minutes(0, known), ...some, ...minutes(known + 40, known + 400)]);
  expect(said.reduce((sum, { missing }) => sum + missing, 0)).toBe(10);
  expect(said.length).toBeLessThanOrEqual(2);
});

describe('no hole', () => {
  test('numbers that come late, up to an hour', () => {
    const late = minutes(known, known + 50).map((one) => ({ ...one, seenAt: one.at + 50 * minuteMs }));
    const after = minutes(known + 50, known + 400);
    expect(
      stated(new RecordGaps('win3'), [...minutes(0, known), ...after.slice(0, 50), ...late, ...after.slice(50)]),
    ).toEqual([]);
  });

  test('a part that comes late leaves the rest', () => {
    const after = minutes(known + 50, known + 400);
    const part = minutes(known + 20, known + 30);
    const said = stated(new RecordGaps('win3'), [
      ...minutes(0, known),
      ...after.slice(0, 5),
      ...part,
      ...after.slice(5),
    ]);
    expect(said).toMatchObject([{ missing: 40, after: known - 1, before: known + 50 }]);
  });

  test('numbers that come again, in any order', () => {
    const again = [...minutes(0, known), ...minutes(500, 900).reverse(), ...minutes(known - 20, known + 300)];
    expect(stated(new RecordGaps('win3'), again)).toEqual([]);
  });

  test('a log that counts from one again, and goes on', () => {
    const anew = minutes(known, known + 900).map((one) => ({ ...one, number: one.number - known + 1 }));
    expect(stated(new RecordGaps('win3'), [...minutes(0, known), ...anew])).toEqual([]);
    // What is cut out of the new numbers is missed.
    const less = anew.filter(({ number }) => number < 300 || number > 320);
    expect(stated(new RecordGaps('win3'), [...minutes(0, known), ...less])).toMatchObject([{ missing: 21 }]);
  });

  test('old files, read after newer ones and in any order', () => {
    const files = [3, 0, 2, 1].flatMap((n) =>
      minutes(n * 1_500, n * 1_500 + 1_500, { file: `${n}.log`, seenAt: begin + 30 * dayMs }),
    );
    expect(stated(new RecordGaps('win3'), files)).toEqual([]);
  });

  test('a first record, and one after weeks without any', () => {
    const later = minutes(known, known + 300).map((one) => ({
      ...one,
      number: one.number + 50_000,
      at: one.at + 15 * dayMs,
    }));
    expect(stated(new RecordGaps('win3'), [...minutes(0, known), ...later])).toEqual([]);
  });

  test('records that nobody could read had numbers, too', () => {
    const after = minutes(known + 3, known + 300, { unreadable: 3 });
    expect(stated(new RecordGaps('win3'), [...minutes(0, known), ...after])).toEqual([]);
    const fewer = minutes(known + 3, known + 300, { unreadable: 2 });
    expect(stated(new RecordGaps('win3'), [...minutes(0, known), ...fewer])).toHaveLength(1);
  });

  test('a log of which too little is known', () => {
    expect(stated(new RecordGaps('win3'), cut(500, 600))).toEqual([]);
  });

  test('a clock that is ahead ends no waiting', () => {
    const ahead = [{ number: known + 60, at: begin + 400 * dayMs, seenAt: begin + (known + 60) * minuteMs }];
    const late = minutes(known, known + 60).map((one) => ({ ...one, seenAt: begin + (known + 61) * minuteMs }));
    expect(
      stated(new RecordGaps('win3'), [...minutes(0, known), ...ahead, ...late, ...minutes(known + 61, known + 300)]),
    ).toEqual([]);
  });
});

describe('a forwarder that hands on some events alone', () => {
  /** Of numbers that rise as a machine is busy: by day every fifth is handed on, by night one in hundreds. */
  const filtered = (days: number, skip = 1): Said[] => {
    const records: Said[] = [];
    let number = 1;
    for (let at = begin; at < begin + days * dayMs; at += 5 * minuteMs) {
      const hour = (at % dayMs) / hourMs;
      const step = hour >= 8 && hour < 18 ? 5 : 400;
      number += Math.ceil(step * skip * (1 + ((at / minuteMs) % 7) / 7));
      records.push({ number, at });
    }
    return records;
  };

  test('is silent, from the first day on', () => {
    expect(stated(new RecordGaps('win3'), filtered(40))).toEqual([]);
  });

  test('misses what is far outside its own holes, and nothing less', () => {
    const records = filtered(30);
    const at = 20 * 288 + 100;
    const without = (numbers: number) =>
      records.map((one, i) => (i < at ? one : { ...one, number: one.number + numbers }));
    expect(stated(new RecordGaps('win3'), without(3_000))).toEqual([]);
    expect(stated(new RecordGaps('win3'), without(9_000))).toMatchObject([{ usual: expect.any(Number) }]);
  });

  test('that is new is told of for some days, and is usual then', () => {
    const whole = minutes(0, 10 * 1_440);
    const last = whole.length;
    const since = Array.from({ length: 20 * 1_440 }, (_, i) => ({
      number: last + i * 3,
      at: begin + (last + i) * minuteMs,
    }));
    const days = new Set(stated(new RecordGaps('win3'), [...whole, ...since]).map(({ until }) => until.slice(0, 10)));
    expect(days.size).toBeGreaterThanOrEqual(1);
    expect(days.size).toBeLessThanOrEqual(4);
  });
});

test('sessions are numbered apart, and what is usual is learnt of all', () => {
  const sessions = Array.from({ length: 400 }, (_, s) =>
    Array.from({ length: 10 }, (_, i) => ({ session: `s${s}`, number: i + 1, at: begin + (s * 10 + i) * minuteMs })),
  ).flat();
  const less = sessions.filter(({ session, number }) => session !== 's300' || number < 4 || number > 6);
  expect(stated(new RecordGaps('pg1'), sessions)).toEqual([]);
  expect(stated(new RecordGaps('pg1'), less)).toMatchObject([
    { series: `${log}/s300`, missing: 3, after: 3, before: 7 },
  ]);
});

describe('what is kept', () => {
  test('makes another go on where one ended, whenever that is', () => {
    const records = cut(known, known + 90);
    const whole = stated(new RecordGaps('win3'), records);
    for (const end of [known - 1, known, known + 1, known + 60, known + 61, known + 62, known + 150]) {
      const first = new RecordGaps('win3');
      const before = stated(first, records.slice(0, end));
      const kept: [string, NumberState][] = JSON.parse(JSON.stringify([...(first.changes()?.put ?? [])]));
      const after = stated(new RecordGaps('win3', kept), records.slice(end));
      expect([...before, ...after]).toEqual(whole);
    }
  });

  test('belongs to its source alone, and is handed over once', () => {
    const gaps = new RecordGaps('win3');
    stated(gaps, minutes(0, known));
    const kept = [...(gaps.changes()?.put ?? [])];
    expect(kept).toHaveLength(2);
    expect(gaps.changes()).toBeUndefined();
    expect(stated(new RecordGaps('win4', kept), minutes(known + 90, known + 400))).toEqual([]);
  });

  test('has a bound: what was heard of longest ago is let go', () => {
    const gaps = new RecordGaps('pg1');
    for (let n = 0; n < 10_000; n += 1)
      gaps.take({ log, session: `s${n}`, number: 1 }, begin + n, { file: 'a', seenAt: begin + n, unreadable: 0 });
    const { put, drop } = gaps.changes() ?? { put: new Map(), drop: [] };
    expect(put.size).toBe(8_192);
    expect(drop).toHaveLength(10_001 - 8_192);
    expect([...put.values()].some((state) => state.is === 'log')).toBe(true);
  });
});
