/** A disk without room under the landing log or the spool: what is under way waits and goes on, and nothing is lost or doubled. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Fault } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';
import type { SealedBatch } from '../../core/types.ts';
import type { Bus } from '../../ingest/bus/bus.ts';
import { Forwarder } from '../../ingest/forward.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { Spool } from '../../ingest/spool.ts';
import { flushOf } from '../helpers/flush.ts';
import { folder } from '../helpers/folder.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import { smallDisk, smallDisks } from '../helpers/small-disk.ts';
import { Stream } from '../helpers/stream.ts';
import { newStream, storedOf, vault } from '../helpers/vault.ts';

jest.setTimeout(120_000);
let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore('acme');
}, 60_000);
afterAll(async () => await opened[Symbol.asyncDispose]());

const noRoom = () => new Fault('SPOOL_FULL', 'the disk has no room left');

/** A log on a disk that is full for a while. */
class FullLog extends LandLog {
  isFull = true;
  tries = 0;
  override advance(...given: Parameters<LandLog['advance']>): void {
    this.tries += 1;
    if (this.isFull) throw noRoom();
    super.advance(...given);
  }
}

const stored = (stream: Stream) => storedOf(opened.store, stream);

test('a merge that is in the store waits to be acknowledged until the log has room, and lands once', async () => {
  using dir = folder();
  await using landLog = new FullLog(dir.path);
  const stream = newStream();
  await using one = vault(opened.store, landLog, [stream]);
  const delivered = one.deliver(stream.next(2), stream.next(3));
  await one.until(() => landLog.tries >= 3);
  expect(one.landed).toEqual([]);
  landLog.isFull = false;
  await delivered;
  await one.deliver(stream.next(1));
  expect(await stored(stream)).toEqual({
    accesses: [
      [0, 2],
      [1, 3],
      [2, 1],
    ],
    batches: [0, 1, 2],
  });
  expect(one.landed.map(({ seq }) => seq)).toEqual([0, 1, 2]);
  expect(landLog.head(stream.collector, stream.tenant).seq).toBe(3);
});

test('so do a batch that is refused, and those beside it', async () => {
  using dir = folder();
  await using landLog = new FullLog(dir.path);
  const stream = newStream();
  await using one = vault(opened.store, landLog, [stream]);
  const good = stream.next(2);
  const bad = stream.nextOf(['hello']);
  const delivered = one.deliver(good, bad);
  await one.until(() => landLog.tries >= 2);
  expect([...landLog.dead()]).toEqual([]);
  landLog.isFull = false;
  await delivered;
  expect([...landLog.dead()].map(({ batch }) => batch.header.seq)).toEqual([1]);
  expect(await stored(stream)).toEqual({ accesses: [[0, 2]], batches: [0] });
});

test('and one that landed before and comes again', async () => {
  using dir = folder();
  await using landLog = new FullLog(dir.path);
  const stream = newStream();
  const batch = stream.next(2);
  landLog.isFull = false;
  {
    await using one = vault(opened.store, landLog, [stream]);
    await one.deliver(batch);
  }
  landLog.isFull = true;
  landLog.tries = 0;
  await using two = vault(opened.store, landLog, [stream]);
  const again = two.deliver(batch);
  await two.until(() => landLog.tries >= 2);
  landLog.isFull = false;
  await again;
  expect(await stored(stream)).toEqual({ accesses: [[0, 2]], batches: [0] });
});

class FullSpool extends Spool {
  isFull = true;
  tries = 0;
  override remove(places: readonly number[]): void {
    this.tries += 1;
    if (this.isFull) throw noRoom();
    super.remove(places);
  }
}

test('what the bus has acknowledged stays in a spool without room, is not sent again, and goes when there is room', async () => {
  using dir = folder();
  await using spool = new FullSpool(dir.path);
  const stream = new Stream('fs1');
  const sent: SealedBatch[] = [];
  const bus: Bus = {
    send: async (batch) => void sent.push(batch),
    async *receive() {},
  };
  const commit = (batch: SealedBatch) => spool.commit(flushOf([batch]));
  commit(stream.next(1));
  const stop = new AbortController();
  const running = new Forwarder({ spool, bus, log: createLog('silent') }).run(stop.signal);
  while (spool.tries < 2) await sleep(10);
  commit(stream.next(1));
  while (sent.length < 2) await sleep(10);
  spool.isFull = false;
  while (spool.waitingBytes > 0) await sleep(10);
  stop.abort();
  await running;
  expect(sent.map(({ header }) => header.seq)).toEqual([0, 1]);
});

/** Takes all there is. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (const size of [65_536, 4_096, 512]) {
      const chunk = Buffer.alloc(size);
      try {
        while (writeSync(file, chunk) === size);
      } catch {}
    }
  } finally {
    closeSync(file);
  }
}

async function onARealDisk(): Promise<void> {
  using dir = folder();
  using disk = smallDisk(join(dir.path, 'land'), 2);
  await using landLog = new LandLog(dir.path);
  const stream = new Stream('fs1');
  const batch = stream.next(1);
  const heads = Array.from({ length: 5_000 }, (_, i) => [`s${i}`, { seq: 1, prev: 'f'.repeat(64) }] as const);
  fill(join(disk.path, 'filler'));
  expect(() => landLog.advance(stream.tenant, heads)).toThrow(
    expect.objectContaining({ code: 'SPOOL_FULL', retry: true }),
  );
  expect(landLog.heads()).toEqual({});
  // Pages that an earlier change left are used up first.
  const buried = (n: number) => landLog.bury({ ...batch, header: { ...batch.header, seq: n } }, 'x'.repeat(1_900));
  let room = 0;
  while (room < 1_000 && buried(room)) room += 1;
  expect(room).toBeLessThan(1_000);
  rmSync(join(disk.path, 'filler'));
  expect(landLog.bury(batch, 'now')).toBe(true);
  landLog.advance(stream.tenant, heads);
  expect(Object.keys(landLog.heads()[stream.tenant] ?? {})).toHaveLength(5_000);
}

if (smallDisks) test('on a disk that is really full, nothing is changed until there is room', onARealDisk);
else test.skip('on a disk that is really full (mounting a tmpfs needs root)', onARealDisk);
