import { createPublicKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { headerHash, signHeader } from '../../core/batch.ts';
import type { SealedBatch } from '../../core/types.ts';
import { verifyStream } from '../../evidence/chain.ts';
import { plainOpener } from '../helpers/plain.ts';
import { fixedKey, items, seal } from '../helpers/sealed.ts';

const checks = { open: (batch: SealedBatch) => plainOpener.open(batch, AbortSignal.timeout(60_000)) };

const key = fixedKey('fs1');
const pub = createPublicKey(key);
const batches = seal('fs1', items('fs1', 30), 5, key);
const at = (seq: number): SealedBatch => batches[seq] as SealedBatch;

test('a whole stream is proven, from its first batch to its head', async () => {
  expect(await verifyStream(batches, { ...checks, keys: [pub] })).toEqual({
    proven: {
      collector: 'fs1',
      tenant: 'acme',
      first: 0,
      last: 5,
      accesses: 30,
      prev: '0'.repeat(64),
      head: headerHash(at(5).header),
    },
  });
});

test('a run that begins later names what came before it', async () => {
  const { proven, broken } = await verifyStream(batches.slice(2), { ...checks, keys: [pub] });
  expect(broken).toBe(undefined);
  expect(proven).toMatchObject({ first: 2, last: 5, prev: headerHash(at(1).header) });
});

test('of no batches nothing is proven', async () => {
  expect(await verifyStream([], { ...checks, keys: [pub] })).toEqual({ proven: undefined });
});

const flipped = (batch: SealedBatch, place: number): SealedBatch => {
  const value = Buffer.from(batch.value);
  value[place] = (value[place] ?? 0) ^ 1;
  return { ...batch, value };
};

/** The same accesses with records that somebody else wrote; `lengths` has to follow, and that is signed. */
function withRecordsOf(batch: SealedBatch, other: SealedBatch): SealedBatch {
  const [accesses] = batch.header.lengths;
  const [skip, length] = other.header.lengths;
  return {
    ...batch,
    header: { ...batch.header, lengths: [accesses, length] },
    value: Buffer.concat([batch.value.subarray(0, 32 + accesses), other.value.subarray(32 + skip)]),
  };
}

const signedAnew = (batch: SealedBatch): SealedBatch => ({ ...batch, sig: signHeader(batch.header, key) });

test.each([
  ['one missing', [at(0), at(1), at(3)], 3, 'batch 2 is missing before batch 3'],
  ['three missing', [at(0), at(4)], 4, 'batch 1 to 3 is missing before batch 4'],
  ['two exchanged', [at(0), at(2), at(1)], 2, 'batch 1 is missing before batch 2'],
  ['one repeated', [at(0), at(1), at(1)], 1, 'batch 1 comes after batch 1: out of order or repeated'],
  ['another signature', [at(0), { ...at(1), sig: at(2).sig }], 1, "batch 1 is not signed by the collector's key"],
  [
    'a changed header',
    [at(0), { ...at(1), header: { ...at(1).header, count: 4 } }],
    1,
    "batch 1 is not signed by the collector's key",
  ],
  ['a flipped bit of the salt', [at(0), flipped(at(1), 3)], 1, 'its accesses are not those that were signed'],
  ['a flipped bit of the accesses', [at(0), flipped(at(1), 60)], 1, 'batch fs1/acme/1 is damaged'],
  [
    'other records under a good signature',
    [at(0), signedAnew(withRecordsOf(at(1), at(2)))],
    1,
    'the records of access 0',
  ],
  ['records of another batch', [at(0), withRecordsOf(at(1), at(2))], 1, "batch 1 is not signed by the collector's key"],
  [
    'another stream',
    [at(0), ...seal('fs2', items('fs2', 5), 5, key).map((batch) => batch)],
    0,
    'batch 0 belongs to another stream',
  ],
])('%s: the first bad batch is named', async (_, run, seq, what) => {
  const { broken } = await verifyStream(run, { ...checks, keys: [pub] });
  expect(broken).toEqual({ seq, what: expect.stringContaining(what) });
});

test('a batch that the key’s owner put in another’s place does not follow', async () => {
  const [other] = seal('fs1', items('fs1', 5, 100), 5, key, 1);
  const { proven, broken } = await verifyStream([at(0), other as SealedBatch, at(2)], { ...checks, keys: [pub] });
  expect(proven).toMatchObject({ first: 0, last: 0 });
  expect(broken).toEqual({ seq: 1, what: 'batch 1 does not follow the batch before it: `prev` is not its hash' });
});

test('what was proven before the first bad batch stays proven', async () => {
  const { proven, broken } = await verifyStream([at(0), at(1), flipped(at(2), 3), at(3)], { ...checks, keys: [pub] });
  expect(proven).toMatchObject({ last: 1, accesses: 10 });
  expect(broken?.seq).toBe(2);
});

test('a key of another collector proves nothing', async () => {
  expect(await verifyStream(batches, { ...checks, keys: [createPublicKey(fixedKey('other'))] })).toMatchObject({
    proven: undefined,
    broken: { seq: 0 },
  });
});
