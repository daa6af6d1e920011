import { expect, test } from '@jest/globals';
import type { SealedBatch } from '../../core/types.ts';
import { RecentBatches } from '../../ingest/recent-batches.ts';
import { Spool } from '../../ingest/spool.ts';
import { flushOf } from '../helpers/flush.ts';
import { folder } from '../helpers/folder.ts';
import { Stream } from '../helpers/stream.ts';

const batchOf = (bytes: number): SealedBatch => ({ ...new Stream('fs1').next(1), value: Buffer.alloc(bytes) });

test('a batch is had once, by its place', () => {
  const recent = new RecentBatches();
  const batches = [batchOf(10), batchOf(20)];
  recent.add(7, batches);
  expect([recent.take(6), recent.take(8), recent.take(8), recent.take(7)]).toEqual([
    undefined,
    batches[1],
    undefined,
    batches[0],
  ]);
});

test('what is more than may be held is not, and there is room again for what was taken', () => {
  const recent = new RecentBatches();
  const large = batchOf(20 * 1024 ** 2);
  recent.add(0, [large, large]);
  expect([recent.take(1), recent.take(0)]).toEqual([undefined, large]);
  recent.add(2, [large]);
  expect(recent.take(2)).toBe(large);
});

test('a spool gives the same batches from memory, from the disk, and a second time; their removal frees as much', async () => {
  using dir = folder();
  const stream = new Stream('fs1');
  const batches = [stream.next(3), stream.next(1)];
  const of = (spool: Spool) => [...spool.waiting(0, 9)].map(({ batch }) => batch);
  {
    await using spool = new Spool(dir.path);
    spool.commit(flushOf(batches));
    expect(of(spool)).toEqual(batches);
    expect(of(spool)).toEqual(batches);
    spool.remove([0]);
    expect(spool.waitingBytes).toBe(batches[1]?.value.length);
  }
  await using spool = new Spool(dir.path);
  spool.remove([1]);
  expect([of(spool), spool.waitingBytes]).toEqual([[], 0]);
});
