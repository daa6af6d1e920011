/** Several landers over one store: each with a land log of its own, as on several machines. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type SealedBatch, tenantId } from '../../core/types.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { folder } from '../helpers/folder.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import type { Stream } from '../helpers/stream.ts';
import { newStream, rowsOf, storedOf, vault } from '../helpers/vault.ts';

jest.setTimeout(400_000);
const acme = tenantId('acme');
let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore('acme', 'globex');
});
afterAll(async () => await opened[Symbol.asyncDispose]());

const whole = (sizes: readonly number[]) => ({
  accesses: sizes.map((size, seq) => [seq, size]),
  batches: sizes.map((_, seq) => seq),
});

/** A landing user who is told, before each insert, into what it goes. */
function told(before: (table: 'batches' | 'accesses') => Promise<void>): () => ClickHouseClient {
  const client = opened.store.client('land', acme);
  const proxy = new Proxy(client, {
    get(target, name) {
      if (name !== 'exec') return Reflect.get(target, name);
      return async (...given: Parameters<ClickHouseClient['exec']>) => {
        await before(given[0].query.includes('INTO accesses') ? 'accesses' : 'batches');
        return await target.exec(...given);
      };
    },
  });
  return () => proxy;
}

/** Landers that all have all the streams' keys, until the block ends. */
async function landers(count: number, streams: readonly Stream[], clients: (() => ClickHouseClient)[] = []) {
  const dirs = Array.from({ length: count }, () => folder());
  const logs = dirs.map((dir) => new LandLog(dir.path));
  const all = logs.map((log, i) => vault(opened.store, log, streams, clients[i]));
  return {
    all,
    async [Symbol.asyncDispose]() {
      for (const one of all) await one[Symbol.asyncDispose]();
      for (const log of logs) await log[Symbol.asyncDispose]();
      for (const dir of dirs) dir[Symbol.dispose]();
    },
  };
}

describe('of the same batches, handed to several landers at once, each lands once', () => {
  test('when all begin together', async () => {
    const streams = [newStream(), newStream(), newStream()];
    const sizes = Array.from({ length: 30 }, (_, i) => 1 + (i % 5));
    const batches = sizes.flatMap((size) => streams.map((stream) => stream.next(size)));
    await using three = await landers(3, streams);
    await Promise.all(three.all.map((one) => one.deliver(...batches)));
    for (const stream of streams) expect(await storedOf(opened.store, stream)).toEqual(whole(sizes));
    expect(three.all.reduce((sum, { lander }) => sum + lander.refused, 0)).toBe(0);
  });

  test('when they come bit by bit, to each lander in another rhythm', async () => {
    const stream = newStream();
    const sizes = Array.from({ length: 40 }, () => 2);
    const batches = sizes.map((size) => stream.next(size));
    await using three = await landers(3, [stream]);
    const inParts = async (one: (typeof three.all)[number], size: number, restMs: number) => {
      for (let i = 0; i < batches.length; i += size) {
        await Promise.all([one.deliver(...batches.slice(i, i + size)), sleep(restMs)]);
      }
    };
    await Promise.all(three.all.map((one, i) => inParts(one, 3 + 4 * i, 30 * i)));
    expect(await storedOf(opened.store, stream)).toEqual(whole(sizes));
  });

  test('when one hangs before it inserts, and goes on when another is far ahead', async () => {
    const stream = newStream();
    const batches = [1, 2, 3, 4].map((size) => stream.next(size));
    let release: () => void = () => undefined;
    const hangs = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using two = await landers(2, [stream], [told(() => hangs)]);
    const [slow, quick] = two.all;
    if (!slow || !quick) throw new Error('there are two');
    const late = slow.deliver(...batches.slice(0, 3));
    await sleep(300);
    for (const batch of batches) await quick.deliver(batch);
    release();
    await late;
    expect(await storedOf(opened.store, stream)).toEqual(whole([1, 2, 3, 4]));
    expect(slow.lander.rows).toBe(0);
    expect(slow.said.map(({ message }) => message)).toContain('another lander has this merge');
  });
});

describe('a lander that dies between its batches and their accesses', () => {
  const dying = () =>
    told(async (table) => {
      if (table === 'accesses') throw new Error('killed before the accesses');
    });

  test('leaves a merge that the next one finishes from the store, though the bus never delivers it again', async () => {
    const stream = newStream();
    const batches = [stream.next(3), stream.next(2)];
    const later = stream.next(4);
    {
      await using one = await landers(1, [stream], [dying()]);
      const given = one.all[0]?.deliver(...batches);
      await one.all[0]?.until(() => (one.all[0]?.said.length ?? 0) > 0);
      one.all[0]?.stop.abort();
      await expect(given).rejects.toThrow('aborted');
    }
    expect(await storedOf(opened.store, stream)).toEqual({ accesses: [], batches: [0, 1] });
    await using next = await landers(1, [stream]);
    await next.all[0]?.deliver(later);
    expect(await storedOf(opened.store, stream)).toEqual(whole([3, 2, 4]));
    expect(next.all[0]?.landed.map(({ seq }) => seq)).toEqual([0, 1, 2]);
  });

  test('and whose collector has another key by then: nothing waits for it, nothing is refused', async () => {
    const [stream, other] = [newStream(), newStream()];
    const batch = stream.next(3);
    {
      await using one = await landers(1, [stream], [dying()]);
      const given = one.all[0]?.deliver(batch);
      await one.all[0]?.until(() => (one.all[0]?.said.length ?? 0) > 0);
      one.all[0]?.stop.abort();
      await expect(given).rejects.toThrow('aborted');
    }
    const changed = newStream();
    Object.assign(changed, { collector: stream.collector });
    await using next = await landers(1, [changed, other]);
    await next.all[0]?.deliver(batch, other.next(2));
    expect(await storedOf(opened.store, stream)).toEqual(whole([3]));
    expect(await storedOf(opened.store, other)).toEqual(whole([2]));
    expect(next.all[0]?.lander.refused).toBe(0);
  });
});

test('a lander without a memory knows from the store how far each stream is, and what is missing in it', async () => {
  const stream = newStream();
  const batches = Array.from({ length: 8 }, (_, i) => stream.next(i + 1));
  const some = (...seqs: number[]): SealedBatch[] => seqs.flatMap((seq) => batches[seq] ?? []);
  {
    await using one = await landers(1, [stream]);
    await one.all[0]?.deliver(...some(0, 2, 3, 6));
  }
  await using next = await landers(1, [stream]);
  await next.all[0]?.deliver(...some(0, 1, 2, 3, 4, 5, 6, 7));
  expect(await storedOf(opened.store, stream)).toEqual(whole([1, 2, 3, 4, 5, 6, 7, 8]));
  expect(next.all[0]?.said.filter(({ message }) => message === 'a batch fills a gap late')).toHaveLength(3);
  expect(next.all[0]?.said.filter(({ message }) => message === 'a stream has a gap')).toHaveLength(0);
  expect(next.all[0]?.lander.rows).toBe(2 + 5 + 6 + 8);
});

test('what a batch of another client holds is never in the store, not even sealed', async () => {
  const stream = newStream();
  const foreign = stream.nextOf([stream.line({ tenant: tenantId('globex'), object: 'secret' })]);
  await using one = await landers(1, [stream]);
  await one.all[0]?.deliver(foreign, stream.next(1));
  expect(await storedOf(opened.store, stream)).toEqual({ accesses: [[1, 1]], batches: [1] });
  const merges = await rowsOf<{ n: number }>(
    opened.store,
    `SELECT count() AS n FROM batches WHERE collector = '${stream.collector}' AND seq = 0`,
  );
  expect(Number(merges[0]?.n)).toBe(0);
});

test('another batch under a number that landed is refused, and says so', async () => {
  const stream = newStream();
  const first = stream.next(2);
  Object.assign(stream, { head: { seq: 0, prev: first.header.prev } });
  const other = stream.next(5);
  await using one = await landers(1, [stream]);
  await one.all[0]?.deliver(first);
  await one.all[0]?.deliver(other, first);
  expect(await storedOf(opened.store, stream)).toEqual(whole([2]));
  expect(one.all[0]?.lander.refused).toBe(1);
  expect(one.all[0]?.said.find(({ level }) => level === 'error')?.about).toMatchObject({
    seq: 0,
    reason: 'another batch with its number has landed',
  });
});
