import { expect, test } from '@jest/globals';
import { LeasedPartition } from '../../../ingest/bus/leased-partition.ts';

function leased(...offsets: number[]): LeasedPartition {
  const partition = new LeasedPartition();
  partition.lease();
  for (const offset of offsets) partition.admit(offset, 10);
  return partition;
}

test('nothing is committed before the first is acknowledged', () => {
  expect(leased(5, 6, 7).committable).toBeUndefined();
});

test('acknowledged out of order, what may be committed stops before the first gap', () => {
  const partition = leased(5, 6, 7);
  partition.done(6);
  expect(partition.committable).toBeUndefined();
  partition.done(5);
  expect(partition.committable).toBe(7);
  partition.done(7);
  expect(partition.committable).toBe(8);
});

test('the same offset is not committed twice', () => {
  const partition = leased(5);
  partition.done(5);
  partition.committed(6);
  expect(partition.committable).toBeUndefined();
});

test('of a revoked partition nothing is committed, whatever is acknowledged', () => {
  const partition = leased(5, 6);
  partition.revoke();
  partition.done(5);
  partition.done(6);
  expect(partition.committable).toBeUndefined();
});

test('what is under way since before a rebalance is not handed on again, and its first acknowledgement counts', () => {
  const partition = leased(5, 6);
  partition.lease();
  expect(partition.admit(5, 10)).toBe(false);
  expect(partition.admit(6, 10)).toBe(false);
  expect(partition.admit(7, 10)).toBe(true);
  partition.done(5);
  partition.done(6);
  expect(partition.committable).toBe(7);
});

test('a partition that another took further and gave back is not committed back to where we were', () => {
  const partition = leased(5, 6);
  partition.revoke();
  partition.lease();
  partition.admit(20, 10);
  expect(partition.committable).toBeUndefined();
  partition.done(20);
  expect(partition.committable).toBe(21);
});

test('bytes are those of what is not acknowledged', () => {
  const partition = leased(5, 6);
  expect(partition.bytes).toBe(20);
  partition.done(5);
  partition.done(5);
  expect(partition.bytes).toBe(10);
});

test('what lies there is known from a fetch and from looking how far it goes', () => {
  const partition = leased(5, 6);
  expect([partition.waiting, partition.emptiedAt]).toEqual([0, undefined]);
  partition.fetched(7, 9, 1_000);
  expect(partition.emptiedAt).toBeUndefined();
  expect(partition.looked(9, 2_000, false)).toBe(0);
  expect(partition.looked(12, 3_000, false)).toBe(3);
  expect([partition.waiting, partition.emptiedAt]).toEqual([5, undefined]);
  partition.fetched(12, 12, 4_000);
  expect([partition.waiting, partition.emptiedAt]).toEqual([0, 4_000]);
  partition.looked(12, 5_000, false);
  expect(partition.emptiedAt).toBe(5_000);
  partition.looked(13, 6_000, false);
  expect([partition.waiting, partition.emptiedAt]).toEqual([1, 5_000]);
});

test('of one never fetched from, what lay there a look ago is done if it would have come', () => {
  const partition = leased();
  partition.looked(40, 1_000, true);
  expect([partition.waiting, partition.emptiedAt]).toEqual([0, undefined]);
  partition.looked(40, 2_000, false);
  expect(partition.emptiedAt).toBeUndefined();
  expect(partition.looked(42, 3_000, true)).toBe(2);
  expect([partition.waiting, partition.emptiedAt]).toEqual([2, 2_000]);
});

test('with a new lease nothing is known of what lies there', () => {
  const partition = leased(5);
  partition.fetched(6, 6, 1_000);
  partition.looked(8, 2_000, false);
  partition.lease();
  expect([partition.waiting, partition.emptiedAt]).toEqual([0, undefined]);
  expect(partition.looked(20, 3_000, false)).toBe(0);
});
