import { describe, expect, test } from '@jest/globals';
import type { SealedBatch } from '../../core/types.ts';
import { heldBytes } from '../../ingest/bus/bus.ts';
import { MergeQueue, mergeBytesMax, mergeRowsMax } from '../../ingest/merge-queue.ts';
import { Stream } from '../helpers/stream.ts';

const one = new Stream('fs1').next();

/** A batch that says it is so large; nothing here looks into it. */
const delivery = (seq: number, { collector = 'fs1', count = 1, bytes = 100 } = {}) => {
  const batch: SealedBatch = {
    ...one,
    header: { ...one.header, collector, seq, count },
    value: Buffer.alloc(bytes),
  };
  return { batch, lane: 'local', lease: 0, ack: () => undefined, refuse: () => undefined };
};
const seqs = (taken: ReturnType<MergeQueue['take']>) =>
  taken.map(({ batch: { header } }) => `${header.collector}/${header.seq}`);
const queueOf = (...deliveries: ReturnType<typeof delivery>[]) => {
  const queue = new MergeQueue();
  deliveries.forEach((each, i) => {
    queue.add(each, 1_000 + i);
  });
  return queue;
};

test('what waits is taken in the order it came, and is gone', () => {
  const queue = queueOf(delivery(0), delivery(0, { collector: 'pg1' }), delivery(1));
  expect(queue.since).toBe(1_000);
  expect(seqs(queue.take(5_000))).toEqual(['fs1/0', 'pg1/0', 'fs1/1']);
  expect(queue.since).toBeUndefined();
  expect(queue.take(5_000)).toEqual([]);
});

describe('a merge ends', () => {
  test('before it has more rows than it may', () => {
    const half = mergeRowsMax / 2;
    const queue = queueOf(delivery(0, { count: half }), delivery(1, { count: half }), delivery(2));
    expect(queue.full).toBe(true);
    expect(seqs(queue.take(5_000))).toEqual(['fs1/0', 'fs1/1']);
    expect(queue.full).toBe(false);
    expect(queue.since).toBe(5_000);
    expect(seqs(queue.take(6_000))).toEqual(['fs1/2']);
  });

  test('before it has more batches than fit beside their values, however small these are', () => {
    const many = Math.floor(mergeBytesMax / heldBytes(Buffer.alloc(1)));
    const queue = queueOf(...Array.from({ length: many + 1 }, (_, seq) => delivery(seq, { bytes: 1 })));
    expect(queue.full).toBe(true);
    expect(queue.take(6_000)).toHaveLength(many);
  });

  test('before it has more bytes than it may', () => {
    const third = Math.ceil(mergeBytesMax / 3);
    const queue = queueOf(...[0, 1, 2, 3].map((seq) => delivery(seq, { bytes: third })));
    expect(queue.full).toBe(true);
    expect(seqs(queue.take(5_000))).toEqual(['fs1/0', 'fs1/1']);
  });

  test('after one batch, however large that is', () => {
    const queue = queueOf(
      delivery(0, { count: mergeRowsMax * 2, bytes: mergeBytesMax * 2 }),
      delivery(1, { count: mergeRowsMax * 2 }),
    );
    expect(seqs(queue.take(5_000))).toEqual(['fs1/0']);
    expect(seqs(queue.take(5_000))).toEqual(['fs1/1']);
  });
});

test('what was taken goes back before all others, and may be taken one by one', () => {
  const queue = queueOf(delivery(0), delivery(1), delivery(2));
  queue.putBack(queue.take(5_000, 2), 6_000);
  expect(seqs(queue.take(7_000, 1))).toEqual(['fs1/0']);
  expect(seqs(queue.take(7_000))).toEqual(['fs1/1', 'fs1/2']);
});

test('what waits is known by its name, until it was taken', () => {
  const queue = queueOf(delivery(0), delivery(1));
  const name = (seq: number) => ({ collector: 'fs1', seq });
  expect([0, 1, 2].map((seq) => queue.has(name(seq)))).toEqual([true, true, false]);
  queue.take(5_000, 1);
  expect([0, 1].map((seq) => queue.has(name(seq)))).toEqual([false, true]);
  expect(seqs(queue.drain())).toEqual(['fs1/1']);
  expect(queue.has(name(1))).toBe(false);
  expect(queue.since).toBeUndefined();
});
