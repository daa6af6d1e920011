import { describe, expect, test } from '@jest/globals';
import { FetchGate } from '../../../ingest/bus/fetch-gate.ts';
import { LeasedPartition } from '../../../ingest/bus/leased-partition.ts';

const mib = 1024 * 1024;
const now = 1_000_000;

/** A partition of ours with so much under way. */
function leased(bytes: number, emptiedAt?: number): LeasedPartition {
  const partition = new LeasedPartition();
  partition.lease();
  if (bytes > 0) partition.admit(0, bytes);
  if (emptiedAt !== undefined) partition.fetched(1, 1, emptiedAt);
  return partition;
}

test('nothing is paused while little is under way and records come slowly', () => {
  const gate = new FetchGate();
  const leases = new Map([['a 0', leased(mib, now)]]);
  expect(gate.turn(leases, now, 0)).toEqual({ pause: [], resume: [] });
  expect(gate.isOpen).toBe(true);
});

test('a partition with much under way is paused once, and resumed when half of it is done', () => {
  const gate = new FetchGate();
  const full = new Map([
    ['a 0', leased(4 * mib)],
    ['b 0', leased(mib)],
  ]);
  expect(gate.turn(full, now, 0)).toEqual({ pause: ['a 0'], resume: [] });
  expect(gate.turn(full, now, 0)).toEqual({ pause: [], resume: [] });
  expect(gate.turn(new Map([['a 0', leased(3 * mib)]]), now, 0)).toEqual({ pause: [], resume: [] });
  expect(gate.turn(new Map([['a 0', leased(2 * mib)]]), now, 0)).toEqual({ pause: [], resume: ['a 0'] });
});

test('all are paused when all together have too much under way, and resumed at half of that', () => {
  const gate = new FetchGate();
  const many = (each: number) => new Map(Array.from({ length: 11 }, (_, n) => [`${n} 0`, leased(each)] as const));
  expect(gate.turn(many(1.5 * mib), now, 0).pause).toHaveLength(11);
  expect(gate.turn(many(0.9 * mib), now, 0).resume).toEqual([]);
  expect(gate.turn(many(0.5 * mib), now, 0).resume).toHaveLength(11);
});

test('while records come fast, a partition that was emptied rests for as long as is said now', () => {
  const gate = new FetchGate();
  const leases = new Map([
    ['emptied 0', leased(0, now)],
    ['deep 0', leased(mib)],
  ]);
  expect(gate.turn(leases, now, 10_000)).toEqual({ pause: ['emptied 0'], resume: [] });
  expect(gate.turn(leases, now + 9_999, 10_000)).toEqual({ pause: [], resume: [] });
  // They come no longer fast: nothing has to wait the old time out.
  expect(gate.turn(leases, now + 9_999, 2_000)).toEqual({ pause: [], resume: ['emptied 0'] });
});

test('one that is held up is left alone until then, whatever else holds', () => {
  const gate = new FetchGate();
  const held = leased(0);
  held.heldUntil = now + 5_000;
  const leases = new Map([['a 0', held]]);
  expect(gate.turn(leases, now, 0)).toEqual({ pause: ['a 0'], resume: [] });
  expect(gate.turn(leases, now + 4_999, 0)).toEqual({ pause: [], resume: [] });
  expect(gate.turn(leases, now + 5_000, 0)).toEqual({ pause: [], resume: ['a 0'] });
});

test('it rests no longer once as much lies there as a fetch would bring', () => {
  const gate = new FetchGate();
  const partition = leased(0, now);
  const leases = new Map([['a 0', partition]]);
  gate.fetched('a 0', 10, mib, now);
  expect(gate.turn(leases, now, 10_000)).toEqual({ pause: ['a 0'], resume: [] });
  partition.looked(10, now + 1_000, false);
  expect(gate.turn(leases, now + 1_000, 10_000)).toEqual({ pause: [], resume: [] });
  partition.looked(11, now + 2_000, false);
  expect(gate.turn(leases, now + 2_000, 10_000)).toEqual({ pause: [], resume: ['a 0'] });
});

test('one of which something is in memory rests for two thirds of that time', () => {
  const gate = new FetchGate();
  const leases = new Map([
    ['begun 0', leased(10, now)],
    ['empty 0', leased(0, now)],
  ]);
  gate.turn(leases, now, 9_000);
  expect(gate.turn(leases, now + 5_999, 9_000)).toEqual({ pause: [], resume: [] });
  expect(gate.turn(leases, now + 6_000, 9_000)).toEqual({ pause: [], resume: ['begun 0'] });
});

describe('when there was no room for all', () => {
  /** Three with deep backlogs fill what there is, and are half done; a fourth had no turn yet. */
  function crowded() {
    const gate = new FetchGate();
    const deep = Array.from({ length: 11 }, (_, n) => `deep${n} 0`);
    const leases = (each: number) =>
      new Map([...deep, 'late 0'].map((name) => [name, leased(name === 'late 0' ? 0 : each)]));
    for (const name of deep) gate.fetched(name, 1, mib, now);
    expect(gate.turn(leases(1.5 * mib), now, 0).pause).toHaveLength(12);
    return { gate, deep, leases };
  }

  test('those that had no turn go first, for as long as they bring something', () => {
    const { gate, deep, leases } = crowded();
    expect(gate.turn(leases(mib / 2), now + 100, 0)).toEqual({ pause: [], resume: ['late 0'] });
    gate.fetched('late 0', 1, mib, now + 1_000);
    expect(gate.turn(leases(mib / 2), now + 1_500, 0)).toEqual({ pause: ['late 0'], resume: [] });
    expect(gate.turn(leases(mib / 2), now + 2_000, 0).resume).toEqual([...deep, 'late 0']);
  });

  test('those that had theirs wait no longer than a moment for others that bring nothing', () => {
    const { gate, deep, leases } = crowded();
    gate.turn(leases(mib / 2), now + 100, 0);
    expect(gate.turn(leases(mib), now + 1_100, 0).resume).toEqual(deep);
  });

  test('and a turn of long ago is none', () => {
    const gate = new FetchGate();
    const leases = (each: number) =>
      new Map([
        ['a 0', leased(each)],
        ['b 0', leased(each)],
      ]);
    gate.fetched('b 0', 1, mib, now);
    gate.turn(leases(0), now + 10, 0);
    gate.fetched('a 0', 1, mib, now + 20);
    expect(gate.turn(leases(17 * mib), now + 30, 0).pause).toHaveLength(2);
    expect(gate.turn(leases(mib), now + 40, 0).resume).toEqual(['b 0']);
  });
});

test('what another member has now is left alone, and an assignment begins with all open', () => {
  const gate = new FetchGate();
  const mine = leased(5 * mib);
  const leases = new Map([['a 0', mine]]);
  gate.turn(leases, now, 0);
  mine.revoke();
  expect(gate.turn(leases, now, 0)).toEqual({ pause: [], resume: [] });
  expect(gate.open()).toEqual(['a 0']);
  expect(gate.isOpen).toBe(true);
});
