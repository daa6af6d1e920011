import { describe, expect, test } from '@jest/globals';
import type { SealedBatch } from '../../core/types.ts';
import { tenantId } from '../../core/types.ts';
import { MergeQueue, mergeBytesMax, mergeOf, mergeRowsMax, tokenOf } from '../../ingest/merge-queue.ts';
import { Stream } from '../helpers/stream.ts';

const acme = tenantId('acme');
const one = new Stream('fs1').next();

/** A batch that says it is so large; nothing here looks into it. */
const delivery = (seq: number, { collector = 'fs1', count = 1, bytes = 100 } = {}) => {
  const batch: SealedBatch = {
    ...one,
    header: { ...one.header, collector, seq, count },
    value: Buffer.alloc(bytes),
  };
  return { batch, ack: () => undefined };
};
const seqs = (taken: ReturnType<MergeQueue['take']>) =>
  taken.map(({ batch: { header } }) => `${header.collector}/${header.seq}`);
const queueOf = (...deliveries: ReturnType<typeof delivery>[]) => {
  const queue = new MergeQueue(acme);
  deliveries.forEach((each, i) => {
    queue.add(each, 1_000 + i);
  });
  return queue;
};

test('what waits is taken in the order it came, and is gone', () => {
  const queue = queueOf(delivery(0), delivery(0, { collector: 'pg1' }), delivery(1));
  expect(queue.since).toBe(1_000);
  expect(seqs(queue.take(undefined, 5_000))).toEqual(['fs1/0', 'pg1/0', 'fs1/1']);
  expect(queue.since).toBeUndefined();
  expect(queue.take(undefined, 5_000)).toEqual([]);
});

describe('a merge ends', () => {
  test('before it has more rows than it may', () => {
    const half = mergeRowsMax / 2;
    const queue = queueOf(delivery(0, { count: half }), delivery(1, { count: half }), delivery(2));
    expect(queue.full).toBe(true);
    expect(seqs(queue.take(undefined, 5_000))).toEqual(['fs1/0', 'fs1/1']);
    expect(queue.full).toBe(false);
    expect(queue.since).toBe(5_000);
    expect(seqs(queue.take(undefined, 6_000))).toEqual(['fs1/2']);
  });

  test('before it has more bytes than it may', () => {
    const third = Math.ceil(mergeBytesMax / 3);
    const queue = queueOf(...[0, 1, 2, 3].map((seq) => delivery(seq, { bytes: third })));
    expect(queue.full).toBe(true);
    expect(seqs(queue.take(undefined, 5_000))).toEqual(['fs1/0', 'fs1/1']);
  });

  test('after one batch, however large that is', () => {
    const queue = queueOf(
      delivery(0, { count: mergeRowsMax * 2, bytes: mergeBytesMax * 2 }),
      delivery(1, { count: mergeRowsMax * 2 }),
    );
    expect(seqs(queue.take(undefined, 5_000))).toEqual(['fs1/0']);
    expect(seqs(queue.take(undefined, 5_000))).toEqual(['fs1/1']);
  });
});

describe('an interrupted merge', () => {
  const interrupted = [
    { collector: 'fs1', seq: 1 },
    { collector: 'pg1', seq: 0 },
  ];

  test('is taken whole and alone, whatever else waits', () => {
    const queue = queueOf(delivery(1), delivery(2), delivery(0, { collector: 'pg1' }), delivery(3));
    expect(seqs(queue.take(interrupted, 5_000))).toEqual(['fs1/1', 'pg1/0']);
    expect(seqs(queue.take(undefined, 5_000))).toEqual(['fs1/2', 'fs1/3']);
  });

  test('is waited for until all of it is there', () => {
    const queue = queueOf(delivery(1), delivery(2));
    expect(queue.take(interrupted, 5_000)).toEqual([]);
    queue.add(delivery(0, { collector: 'pg1' }), 6_000);
    expect(seqs(queue.take(interrupted, 7_000))).toEqual(['fs1/1', 'pg1/0']);
  });

  test('may be larger than a new one would be', () => {
    const large = { count: mergeRowsMax, bytes: mergeBytesMax };
    const queue = queueOf(delivery(1, large), delivery(0, { ...large, collector: 'pg1' }));
    expect(queue.take(interrupted, 5_000)).toHaveLength(2);
  });
});

test('a merge has one token, in which tenant, streams and numbers all count', () => {
  const merge = mergeOf([delivery(1), delivery(0, { collector: 'pg1' })]);
  expect(tokenOf(acme, merge)).toBe('fs1/acme/1 pg1/acme/0');
  expect(tokenOf(tenantId('globex'), merge)).not.toBe(tokenOf(acme, merge));
});
