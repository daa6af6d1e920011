/** What the judge is told of landings that other processes made: out of a real store, merge by merge. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type News, StoreLandings } from '../../cli/store-landings.ts';
import { createLog } from '../../core/log.ts';
import type { SealedBatch } from '../../core/types.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import { newStream } from '../helpers/vault.ts';
import { honestBatch, landAccesses, landAll, landBatches } from '../helpers/vault-firm.ts';

const signal = AbortSignal.timeout(180_000);
const log = createLog('silent');
let place: TestStore;
/** Lanes of other tests' merges are not these tests'. */
let lanes = 0;

beforeAll(async () => {
  place = await openTestStore('acme', 'globex');
}, 60_000);
afterAll(async () => place[Symbol.asyncDispose]());

const nameOf = ({ header }: SealedBatch) => `${header.tenant}/${header.collector}/${header.seq}`;
const names = ({ landed }: News) => landed.map(({ tenant, collector, seq }) => `${tenant}/${collector}/${seq}`).sort();
const claim = (lane: string, number: number, lander = 'a') => ({ lane, number, lander });
const newLane = () => `lane${++lanes}`;

/** Of everything that is there now, told. */
async function begun(now: () => number = Date.now): Promise<StoreLandings> {
  const landings = new StoreLandings(place.store, log, now);
  await landings.begin(signal);
  await landings.news(signal);
  landings.took(new Set());
  return landings;
}

async function news(landings: StoreLandings, short: readonly string[] = []): Promise<string[]> {
  const told = await landings.news(signal);
  landings.took(new Set(short));
  expect(told.again).toBe(false);
  return names(told);
}

describe('merges of several landers', () => {
  test('are each told once, whatever lane they come by, new ones too', async () => {
    const [lane, other] = [newLane(), newLane()];
    const [fs, db] = [newStream('acme'), newStream('globex')];
    const landings = await begun();
    expect(await news(landings)).toEqual([]);
    const [one, two, three] = [honestBatch(fs), honestBatch(db), honestBatch(db)];
    await landAll(place.store, [one], signal, claim(lane, 1));
    await landAll(place.store, [two], signal, claim(other, 1, 'b'));
    expect(await news(landings)).toEqual([nameOf(one), nameOf(two)].sort());
    await landAll(place.store, [three], signal, claim(other, 2, 'c'));
    expect(await news(landings)).toEqual([nameOf(three)]);
    expect(await news(landings)).toEqual([]);
  });

  test('that fill a number late are told as they come', async () => {
    const lane = newLane();
    const fs = newStream('acme');
    const landings = await begun();
    const [zero, one, two] = [honestBatch(fs), honestBatch(fs), honestBatch(fs)];
    await landAll(place.store, [zero, two], signal, claim(lane, 1));
    expect(await news(landings)).toEqual([nameOf(zero), nameOf(two)].sort());
    await landAll(place.store, [one], signal, claim(lane, 2));
    expect(await news(landings)).toEqual([nameOf(one)]);
  });

  test('after a restart: only the last of each lane is told again, of which the accesses may have been on their way', async () => {
    const lane = newLane();
    const fs = newStream('globex');
    const [one, two, three] = [honestBatch(fs), honestBatch(fs), honestBatch(fs)];
    await landAll(place.store, [one], signal, claim(lane, 1));
    await landAll(place.store, [two], signal, claim(lane, 2));
    const landings = new StoreLandings(place.store, log);
    await landings.begin(signal);
    const told = await news(landings);
    expect(told).toContain(nameOf(two));
    expect(told).not.toContain(nameOf(one));
    await landAll(place.store, [three], signal, claim(lane, 3));
    expect(await news(landings)).toEqual([nameOf(three)]);
  });
});

describe('a merge whose lander died between its batches and its accesses', () => {
  test('is told again when the accesses come, and the client is not whole until then', async () => {
    const lane = newLane();
    const fs = newStream('acme');
    const landings = await begun();
    const [torn, next] = [honestBatch(fs), honestBatch(fs)];
    await landBatches(place.store, [torn], signal, claim(lane, 1));
    expect(await news(landings, [nameOf(torn)])).toEqual([nameOf(torn)]);
    expect([...landings.whole.keys()]).not.toContain('acme');
    expect(await news(landings)).toEqual([]);
    await landAccesses(place.store, [torn], signal);
    expect(await news(landings)).toEqual([nameOf(torn)]);
    expect([...landings.whole.keys()]).toContain('acme');
    await landAll(place.store, [next], signal, claim(lane, 2));
    expect(await news(landings)).toEqual([nameOf(next)]);
  });
});

test('what was told and never taken in, because something failed, is told again', async () => {
  const landings = await begun();
  const batch = honestBatch(newStream('acme'));
  await landAll(place.store, [batch], signal, claim(newLane(), 1));
  expect(names(await landings.news(signal))).toEqual([nameOf(batch)]);
  expect(await news(landings)).toEqual([nameOf(batch)]);
  expect(await news(landings)).toEqual([]);
});

describe('rows that no merge explains', () => {
  test('come with a restored backup: after ten seconds everything is to be judged again', async () => {
    let now = Date.now();
    const landings = await begun(() => now);
    await landAll(place.store, [honestBatch(newStream('acme'))], signal);
    expect(await news(landings)).toEqual([]);
    expect([...landings.whole.keys()]).not.toContain('acme');
    now += 11_000;
    expect(await landings.news(signal)).toEqual({ landed: [], again: true });
    await landings.begin(signal);
    await news(landings);
    expect([...landings.whole.keys()]).toContain('acme');
  });

  test('that go again hide nothing that comes after', async () => {
    let now = Date.now();
    const lane = newLane();
    const [fs, db] = [newStream('acme'), newStream('acme')];
    const landings = await begun(() => now);
    const gone = [honestBatch(fs), honestBatch(fs), honestBatch(fs)];
    await landAll(place.store, gone, signal, claim(lane, 1));
    expect(await news(landings)).toEqual(gone.map(nameOf));
    await place.store.tables.withdraw(
      fs.tenant,
      gone.map(({ header }) => header),
      signal,
    );
    const here = honestBatch(db);
    await landAll(place.store, [here], signal, claim(newLane(), 1));
    expect(await news(landings)).toEqual([nameOf(here)]);
    now += 60_000;
    expect(await news(landings)).toEqual([]);
    expect([...landings.whole.keys()]).toContain('acme');
  });
});
