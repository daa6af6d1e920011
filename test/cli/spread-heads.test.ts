import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CountedSizes, countingAll, whollyCounted } from '../../cli/spread-heads.ts';
import { tenantId } from '../../core/types.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { folder } from '../helpers/folder.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import { newStream } from '../helpers/vault.ts';
import { honestBatch, landAll, landBatches } from '../helpers/vault-firm.ts';

const acme = tenantId('acme');
const globex = tenantId('globex');
const signal = AbortSignal.timeout(120_000);
const head = (seq: number) => ({ seq, prev: 'f'.repeat(64) });
let place: TestStore;

beforeAll(async () => {
  place = await openTestStore('acme', 'globex');
}, 60_000);
afterAll(async () => place[Symbol.asyncDispose]());

async function land(dir: string, tenant: typeof acme, collector: string, seq: number) {
  await using landLog = new LandLog(dir);
  landLog.advance(tenant, [[collector, head(seq)]]);
}

/** One process lands: its land log is asked. */
const alone = (data: string) => ({ config: { data, store: 'embedded' } }) as Parameters<typeof whollyCounted>[0];
/** Whoever comes lands: the store is asked. */
const shared = { config: { data: '', store: { url: 'https://store.example' } } } as Parameters<typeof whollyCounted>[0];

const count = async (context: typeof shared) => (await countingAll(context, place.store, signal))();
const known = async (context: typeof shared) => [...(await whollyCounted(context, place.store, signal))].sort();

test('a client is known wholly until something lands there that was not counted', async () => {
  using dir = folder();
  await land(dir.path, acme, 'fs1', 3);
  await land(dir.path, globex, 'fs1', 1);
  await count(alone(dir.path));
  expect(await known(alone(dir.path))).toEqual(['acme', 'globex']);

  await land(dir.path, globex, 'fs1', 2);
  expect(await known(alone(dir.path))).toEqual(['acme']);
});

test('a stream that began since makes its client one to ask', async () => {
  using dir = folder();
  await land(dir.path, acme, 'fs1', 3);
  await count(alone(dir.path));
  await land(dir.path, acme, 'm365', 1);
  expect(await known(alone(dir.path))).toEqual([]);
});

test('where nothing was ever counted or landed, nobody is known wholly', async () => {
  using dir = folder();
  expect(await known(alone(dir.path))).toEqual([]);
  await land(dir.path, acme, 'fs1', 3);
  expect(await known(alone(dir.path))).toEqual([]);
});

test('whoever landed it: a client is known wholly while the store has no more of it than was counted', async () => {
  const { store } = place;
  const [one, other] = [newStream('acme'), newStream('globex')];
  await landAll(store, [honestBatch(one)], signal);
  expect(await known(shared)).toEqual([]);
  await count(shared);
  expect(await known(shared)).toEqual(['_unattributed', 'acme', 'globex']);
  // Its accesses are still to come.
  await landBatches(store, [honestBatch(one)], signal);
  expect(await known(shared)).toEqual(['_unattributed', 'globex']);
  await landAll(store, [honestBatch(other)], signal);
  expect(await known(shared)).toEqual(['_unattributed']);
});

test('what a live judge has counted is what it was told of, not what came meanwhile', async () => {
  const { store } = place;
  const before = await store.tables.sizes(signal);
  await landAll(store, [honestBatch(newStream('acme'))], signal);
  await new CountedSizes(store).save(before, signal);
  expect(await known(shared)).toEqual(['_unattributed', 'globex']);
});
