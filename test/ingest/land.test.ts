import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { LandLog } from '../../ingest/land-log.ts';
import { folder } from '../helpers/folder.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import type { Stream } from '../helpers/stream.ts';
import { newStream, rowsOf, storedOf, vault } from '../helpers/vault.ts';

jest.setTimeout(400_000);
let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore('acme', 'globex');
});
afterAll(async () => await opened[Symbol.asyncDispose]());

const stored = (stream: Stream) => storedOf(opened.store, stream);

test('what is delivered lands: every access once, its batch beside it byte for byte', async () => {
  using dir = folder();
  await using landLog = new LandLog(dir.path);
  const [files, ledger] = [newStream(), newStream()];
  const batches = [files.next(3), ledger.next(5), files.next(2)];
  await using running = vault(opened.store, landLog, [files, ledger]);
  await running.deliver(...batches);
  expect(await stored(files)).toEqual({
    accesses: [
      [0, 3],
      [1, 2],
    ],
    batches: [0, 1],
  });
  expect(await stored(ledger)).toEqual({ accesses: [[0, 5]], batches: [0] });
  const [row] = await rowsOf<{ value: string; sig: string; count: string; root: string }>(
    opened.store,
    `SELECT base64Encode(value) AS value, sig, count, root FROM batches WHERE collector = '${ledger.collector}'`,
  );
  const [, sealed] = batches;
  expect({ ...row, count: Number(row?.count) }).toEqual({
    value: sealed?.value.toString('base64'),
    sig: sealed?.sig,
    count: 5,
    root: sealed?.header.root,
  });
  expect(running.lander).toMatchObject({ rows: 10, merges: 1, refused: 0 });
  expect(running.landed.map(({ tenant, rows }) => [tenant, rows])).toEqual([
    ['acme', 3],
    ['acme', 5],
    ['acme', 2],
  ]);
});

test('a gap is told, and what comes after it lands', async () => {
  using dir = folder();
  await using landLog = new LandLog(dir.path);
  const stream = newStream();
  const [first, , , fourth] = [stream.next(1), stream.next(1), stream.next(1), stream.next(2)];
  await using running = vault(opened.store, landLog, [stream]);
  await running.deliver(first, fourth);
  expect(await stored(stream)).toEqual({
    accesses: [
      [0, 1],
      [3, 2],
    ],
    batches: [0, 3],
  });
  expect(running.said.find(({ message }) => message === 'a stream has a gap')?.about).toMatchObject({
    missing: 2,
    seq: 3,
  });
});

test('a backlog lands in few inserts, each stream in its order', async () => {
  using dir = folder();
  await using landLog = new LandLog(dir.path);
  const many = Array.from({ length: 20 }, () => newStream());
  const batches = many.flatMap((stream) => Array.from({ length: 10 }, () => stream.next(5)));
  await using running = vault(opened.store, landLog, many);
  await running.deliver(...batches);
  expect(running.lander).toMatchObject({ rows: 1_000, refused: 0 });
  expect(running.lander.merges).toBeLessThanOrEqual(5);
  for (const stream of many.slice(0, 3)) {
    expect(await stored(stream)).toEqual({
      accesses: Array.from({ length: 10 }, (_, seq) => [seq, 5]),
      batches: Array.from({ length: 10 }, (_, seq) => seq),
    });
  }
});
