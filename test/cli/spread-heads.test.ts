import { expect, test } from '@jest/globals';
import { landedHeads, saveCounted, whollyCounted } from '../../cli/spread-heads.ts';
import { tenantId } from '../../core/types.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { folder } from '../helpers/folder.ts';

const acme = tenantId('acme');
const globex = tenantId('globex');
const head = (seq: number) => ({ seq, prev: 'f'.repeat(64) });

async function land(dir: string, tenant: typeof acme, collector: string, seq: number) {
  await using landLog = new LandLog(dir);
  landLog.advance(tenant, [[collector, head(seq)]]);
}

test('a client is known wholly until something lands there that was not counted', async () => {
  using dir = folder();
  await land(dir.path, acme, 'fs1', 3);
  await land(dir.path, globex, 'fs1', 1);
  saveCounted(dir.path, await landedHeads(dir.path));
  expect([...(await whollyCounted(dir.path))].sort()).toEqual(['acme', 'globex']);

  await land(dir.path, globex, 'fs1', 2);
  expect([...(await whollyCounted(dir.path))]).toEqual(['acme']);
});

test('a stream that began since makes its client one to ask', async () => {
  using dir = folder();
  await land(dir.path, acme, 'fs1', 3);
  saveCounted(dir.path, await landedHeads(dir.path));
  await land(dir.path, acme, 'm365', 1);
  expect((await whollyCounted(dir.path)).size).toBe(0);
});

test('where nothing was ever counted or landed, nobody is known wholly', async () => {
  using dir = folder();
  expect((await whollyCounted(dir.path)).size).toBe(0);
  await land(dir.path, acme, 'fs1', 3);
  expect((await whollyCounted(dir.path)).size).toBe(0);
});
