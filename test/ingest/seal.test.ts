import { createPublicKey, hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { firstPrev, headerHash, sectionBytesMax, signatureHolds } from '../../core/batch.ts';
import { tenantId } from '../../core/types.ts';
import { recordBytesMax } from '../../ingest/frame.ts';
import { Sealer } from '../../ingest/seal.ts';
import { accessLines, batchSaltOf, checkRoot, plain, rawRecords } from '../helpers/plain.ts';
import { fixedKey } from '../helpers/sealed.ts';
import { Stream } from '../helpers/stream.ts';

const acme = tenantId('acme');
const key = fixedKey('fs1');
const sealer = () => new Sealer('fs1', acme, key, { seq: 0, prev: firstPrev });
const access = new Stream('fs1').access({ object: '/srv/clients/acme/ä "quoted".docx' });
const linesOf = (batch: Parameters<typeof accessLines>[0]) => accessLines(batch).toString().trimEnd().split('\n');

test('nothing added is no batch, and the stream stays where it is', () => {
  expect(sealer().finish(plain)).toEqual({ batches: [], head: { seq: 0, prev: firstPrev } });
});

test('a batch is cut when either section reaches 512 KiB, and not before', () => {
  const byRecords = sealer();
  // 4 bytes for how many, 4 for how long, then the record: 64 of these are 512 KiB to the byte.
  for (let i = 0; i < 64; i += 1) byRecords.add(access, [{ raw: Buffer.alloc(8_192 - 8) }]);
  byRecords.add(access, [{ raw: Buffer.alloc(1) }]);
  expect(byRecords.finish(plain).batches.map(({ header }) => header.count)).toEqual([64, 1]);

  const byLines = sealer();
  const long = { ...access, object: 'x'.repeat(10_000) };
  for (let i = 0; i < 120; i += 1) byLines.add(long, [{ raw: Buffer.alloc(1) }]);
  const { batches } = byLines.finish(plain);
  expect(batches.reduce((sum, { header }) => sum + header.count, 0)).toBe(120);
  const sizes = batches.map((batch) => accessLines(batch).length);
  for (const size of sizes.slice(0, -1)) {
    expect(size).toBeGreaterThanOrEqual(sectionBytesMax);
    expect(size).toBeLessThan(sectionBytesMax + 11_000);
  }
  expect(sizes).toHaveLength(3);
});

test('numbers have no gap, each batch holds the hash of the one before, and a later sealer goes on', () => {
  const first = sealer();
  for (let i = 0; i < 200; i += 1) first.add(access, [{ raw: Buffer.alloc(8_192) }]);
  const begun = first.finish(plain);
  const second = new Sealer('fs1', acme, key, begun.head);
  second.add(access, [{ raw: Buffer.alloc(8_192) }]);
  const all = [...begun.batches, ...second.finish(plain).batches].map(({ header }) => header);
  expect(all.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
  expect(all.map(({ prev }) => prev)).toEqual([firstPrev, ...all.slice(0, -1).map(headerHash)]);
});

test('every batch is signed, its root verifies, and its salt is its own', () => {
  const one = sealer();
  for (let i = 0; i < 150; i += 1) one.add(access, [{ raw: Buffer.alloc(8_192) }]);
  const { batches } = one.finish(plain);
  expect(batches).toHaveLength(3);
  for (const batch of batches) {
    expect(signatureHolds(batch.header, batch.sig, createPublicKey(key))).toBe(true);
    expect(() => checkRoot(batch)).not.toThrow();
    expect(batch.value).toHaveLength(32 + batch.header.lengths[0] + batch.header.lengths[1]);
  }
  expect(new Set(batches.map((batch) => batchSaltOf(batch).toString('hex'))).size).toBe(3);
});

test('the lines are the accesses with their place, and the records are byte for byte what was given', () => {
  const one = sealer();
  const records = [Buffer.from([0xff, 0, 0x0a]), Buffer.alloc(0), Buffer.from('ä')];
  one.add(
    access,
    records.map((raw) => ({ raw })),
  );
  one.add({ ...access, bytes: 7 }, [{ raw: Buffer.from('second') }]);
  const [batch] = one.finish(plain).batches;
  if (!batch) throw new Error('there is no batch');
  expect(linesOf(batch).map((line) => JSON.parse(line))).toEqual(
    [access, { ...access, bytes: 7 }].map((given, index) =>
      JSON.parse(JSON.stringify({ ...given, collector: 'fs1', seq: 0, index })),
    ),
  );
  expect(rawRecords(batch)).toEqual([records, [Buffer.from('second')]]);
});

test('from and until are the earliest and the latest time, in whatever order they came', () => {
  const one = sealer();
  for (const minute of ['30', '10', '50', '20']) {
    one.add({ ...access, at: `2026-03-04T09:${minute}:00.000Z` }, [{ raw: Buffer.from('x') }]);
  }
  const [batch] = one.finish(plain).batches;
  expect([batch?.header.from, batch?.header.until]).toEqual(['2026-03-04T09:10:00.000Z', '2026-03-04T09:50:00.000Z']);
});

test('the longest record there may be travels, and is its own batch’s end', () => {
  const one = sealer();
  const raw = Buffer.alloc(recordBytesMax, 'long record ');
  one.add(access, [{ raw: Buffer.from('before') }]);
  one.add(access, [{ raw }]);
  one.add(access, [{ raw: Buffer.from('after') }]);
  const { batches } = one.finish(plain);
  expect(batches.map(({ header }) => header.count)).toEqual([2, 1]);
  const [batch] = batches;
  if (!batch) throw new Error('there is no batch');
  expect(hash('sha256', rawRecords(batch)[1]?.[0] ?? '', 'hex')).toBe(hash('sha256', raw, 'hex'));
});

test('a record whose every byte is escaped in its line unpacks too', () => {
  const one = sealer();
  one.add({ ...access, object: '\u0001'.repeat(recordBytesMax) }, [{ raw: Buffer.alloc(recordBytesMax, 1) }]);
  const [batch] = one.finish(plain).batches;
  if (!batch) throw new Error('there is no batch');
  expect(() => checkRoot(batch)).not.toThrow();
});
