/** What was sealed and landed comes back whole: the line, the batch, the records. */
import { Transform } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signatureHolds } from '../../core/batch.ts';
import { tenantId } from '../../core/types.ts';
import { accessById } from '../../store/queries/access-by-id.ts';
import { streamHeads } from '../../store/queries/stream-heads.ts';
import { timeline } from '../../store/queries/timeline.ts';
import { all } from '../../store/query.ts';
import { accessesWithRaw, byBatches, openRawRecords } from '../../store/raw-records.ts';
import { sealedBatches } from '../../store/sealed-batches.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import { accessLines, checkRoot, plainOpener } from '../helpers/plain.ts';
import { fixedKey, hold, items } from '../helpers/sealed.ts';
import { landAll } from '../helpers/vault-firm.ts';

const acme = tenantId('acme');
const signal = AbortSignal.timeout(400_000);
const held = hold({ fs1: { items: items('fs1', 40), perBatch: 7 }, pg1: { items: items('pg1', 12), perBatch: 12 } });
const range = { from: 0, until: Date.UTC(2100, 0, 1) };
let opened: TestStore;

beforeAll(async () => {
  opened = await openTestStore('acme');
  await landAll(opened.store, held.batches, signal);
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});

const reader = () => opened.store.client('read', acme);

test('each access comes back as the line that was sealed, with its records byte for byte', async () => {
  const lines = held.batches.flatMap((batch) => accessLines(batch).toString().trimEnd().split('\n'));
  const found = [];
  for await (const { access, raw } of accessesWithRaw(reader(), { tenant: acme, opener: plainOpener }, range, signal)) {
    const { item } = held.items.find(({ item: { access: a } }) => a.id === access.id) ?? {};
    expect(raw).toEqual(item?.records);
    found.push(access);
  }
  expect(found).toEqual(lines.map((line) => JSON.parse(line)));
});

test('accesses are cut where another batch begins, each part of so many batches at most', () => {
  const places = [3, 3, 4, 7, 7, 7, 8].map((seq) => ({ collector: 'fs1', seq }));
  const cut = (most: number) => [...byBatches(places, most)].map((part) => part.map(({ seq }) => seq));
  expect(cut(2)).toEqual([
    [3, 3, 4],
    [7, 7, 7, 8],
  ]);
  expect(cut(3)).toEqual([[3, 3, 4, 7, 7, 7], [8]]);
  expect([cut(9), [...byBatches([], 2)]]).toEqual([[[3, 3, 4, 7, 7, 7, 8]], []]);
});

test('read in parts, second after second, it is the same accesses, each once', async () => {
  const whole: string[] = [];
  const inParts: string[] = [];
  const holder = { tenant: acme, opener: plainOpener };
  for await (const { access } of accessesWithRaw(reader(), holder, range, signal)) whole.push(access.id);
  for await (const { access, raw } of accessesWithRaw(reader(), holder, range, signal, 1)) {
    expect(raw).toEqual(held.items.find(({ item: { access: a } }) => a.id === access.id)?.item.records);
    inParts.push(access.id);
  }
  expect(inParts.sort()).toEqual(whole.sort());
});

test('a second with more accesses than are held at once is read batch after batch, in order, each access once', async () => {
  const one = { at: '2026-04-01T10:00:00.000Z' };
  const of = (name: string, count: number) =>
    items(name, count).map((item) => ({ ...item, access: { ...item.access, ...one } }));
  const [fs1, pg1] = [of('fs2', 30), of('pg2', 9)];
  // The first batch twice, as a platform delivers again what it delivered: other numbers, the same ids.
  const again = hold({ fs2: { items: fs1.slice(0, 7), perBatch: 7, firstSeq: 20 } });
  const crowd = hold({ fs2: { items: fs1, perBatch: 7 }, pg2: { items: pg1, perBatch: 3 } });
  const batches = [...crowd.batches, ...again.batches];
  await using store = await openTestStore('acme');
  await landAll(store.store, batches, signal);
  const answers: number[] = [];
  const db = counting(store.store.client('read', acme), answers);
  const placesOf = async (rowsMax?: number) => {
    const places: string[] = [];
    for await (const { access, raw } of accessesWithRaw(
      db,
      { tenant: acme, opener: plainOpener },
      range,
      signal,
      rowsMax,
    )) {
      expect(raw).toEqual(crowd.items.find(({ item: { access: a } }) => a.id === access.id)?.item.records);
      places.push(`${access.collector} ${access.seq} ${access.index}`);
    }
    return places;
  };
  const whole = await placesOf();
  expect([whole.length, Math.max(...answers)]).toEqual([39, 39]);
  for (const [rowsMax, most] of [
    [1, 7],
    [8, 8],
    [20, 20],
  ] as const) {
    answers.length = 0;
    expect(await placesOf(rowsMax)).toEqual(whole);
    expect(Math.max(...answers)).toBeLessThanOrEqual(most);
  }
});

/** Notes how many accesses each answer has. */
function counting(db: ClickHouseClient, answers: number[]): ClickHouseClient {
  const query: ClickHouseClient['query'] = async (given) => {
    const result = await db.query(given);
    if (!/accesses-(export|of-batches)/.test(String(given.clickhouse_settings?.log_comment))) return result;
    const answer = answers.push(0) - 1;
    const counted = new Transform({
      objectMode: true,
      transform(rows: unknown[], _, done) {
        answers[answer] = (answers[answer] ?? 0) + rows.length;
        done(undefined, rows);
      },
    });
    const stream = () => result.stream().pipe(counted);
    return Object.assign(Object.create(result), { stream });
  };
  return Object.assign(Object.create(db), { query });
}

test('the same merge sent again under its token lands once', async () => {
  await landAll(opened.store, held.batches, signal);
  const heads = await all(reader(), streamHeads, {}, signal);
  expect(heads).toEqual([
    { collector: 'fs1', next: 6, batches: 6, accesses: 40 },
    { collector: 'pg1', next: 1, batches: 1, accesses: 12 },
  ]);
  const result = await reader().query({ query: 'SELECT count() FROM accesses', format: 'TabSeparated' });
  expect(await result.text()).toBe('52\n');
});

test('a batch comes back so that its signature and its root still hold', async () => {
  const [batch] = await sealedBatches(reader(), acme, [{ collector: 'fs1', seq: 3 }], signal);
  if (!batch) throw new Error('no batch');
  expect(signatureHolds(batch.header, batch.sig, fixedKey('fs1'))).toBe(true);
  checkRoot(batch);
  expect(batch).toEqual(held.batches[3]);
});

test('one access is found by its id, and its records without reading the others', async () => {
  const wanted = held.items[17];
  const id = wanted?.item.access.id ?? '';
  const [access] = await all(reader(), accessById, { id }, signal);
  if (!access) throw new Error('no access');
  expect(access).toMatchObject({ id, collector: 'fs1', seq: 2, index: 3 });
  expect(await openRawRecords(reader(), acme, plainOpener).of(access, signal)).toEqual(wanted?.item.records);
  expect(await all(reader(), accessById, { id: 'f'.repeat(32) }, signal)).toEqual([]);
});

test('an access whose batch is gone is damage, named', async () => {
  const place = { collector: 'fs1', seq: 99, index: 0 };
  await expect(openRawRecords(reader(), acme, plainOpener).of(place, signal)).rejects.toMatchObject({
    code: 'EVIDENCE_BROKEN',
    message: expect.stringContaining('fs1/acme/99'),
  });
});

test('a timeline is in order, of the actor and object asked for, and each access once', async () => {
  // Delivered twice by the platform: another batch, the same ids.
  await landAll(opened.store, hold({ fs1: { items: items('fs1', 5), perBatch: 5, firstSeq: 50 } }).batches, signal);
  const ask = (actor: string | undefined, object: string | undefined) =>
    all(
      reader(),
      timeline({ actor, object }),
      { ...range, limit: 1_000, actor: actor ?? '', object: object ?? '' },
      signal,
    );
  const everything = await ask(undefined, undefined);
  expect(everything).toHaveLength(52);
  const keys = everything.map(({ at, id }) => `${at} ${id}`);
  expect(keys).toEqual([...keys].sort());
  const ofJo = await ask('jo', '/clients/acme/ä 2');
  expect(ofJo.length).toBeGreaterThan(3);
  expect(ofJo).toEqual(
    everything.filter(({ actor, object }) => actor === 'jo' && object?.startsWith('/clients/acme/ä 2')),
  );
});
