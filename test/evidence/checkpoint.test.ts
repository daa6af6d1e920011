import { createPublicKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  type Checkpoint,
  checkpointFault,
  checkpointHash,
  firstCheckpointPrev,
  readCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
} from '../../evidence/checkpoint.ts';
import { fixedKey } from '../helpers/sealed.ts';

const key = fixedKey('vault');
const publicKey = createPublicKey(key);
const head = (next: number, collector = 'fs1') => ({ collector, next, hash: 'a'.repeat(64), batches: next });

const first: Checkpoint = {
  tenant: 'acme',
  number: 0,
  at: '2026-03-04T09:15:00.000Z',
  prev: firstCheckpointPrev,
  heads: [head(3), head(1, 'pg1')],
};
const after = (signed: SignedCheckpoint, over: Partial<Checkpoint> = {}): SignedCheckpoint => {
  const before = readCheckpoint(signed.block);
  return signCheckpoint({ ...before, number: before.number + 1, prev: checkpointHash(signed.block), ...over }, key);
};

test('a checkpoint is written in one way, and read back', () => {
  const { block } = signCheckpoint(first, key);
  expect(block).toBe(
    `v: 1\ntenant: acme\nnumber: 0\nat: 2026-03-04T09:15:00.000Z\nprev: ${'0'.repeat(64)}\n` +
      `head: fs1 3 ${'a'.repeat(64)} 3\nhead: pg1 1 ${'a'.repeat(64)} 1\n`,
  );
  expect(readCheckpoint(block)).toEqual(first);
});

test.each(['', 'v: 1\n', 'v: 2\ntenant: a\n', `${signCheckpoint(first, key).block}\n`])('%j is none', (block) => {
  expect(() => readCheckpoint(block)).toThrow('not written as checkpoints are');
});

test('one that nothing came since follows, and so does one with more', () => {
  const one = signCheckpoint(first, key);
  const two = after(one);
  const three = after(two, { heads: [head(4), head(1, 'pg1'), head(1, 'win')] });
  for (const [before, here] of [
    [undefined, one],
    [one, two],
    [two, three],
  ] as const)
    expect(checkpointFault(before, here, publicKey)).toBeUndefined();
});

const one = signCheckpoint(first, key);
const two = after(one);
test.each([
  ['another key', one, signCheckpoint({ ...readCheckpoint(two.block) }, fixedKey('thief')), 'not signed by'],
  ['a changed head', one, { ...two, block: two.block.replace('fs1 3', 'fs1 2') }, 'not signed by'],
  ['another client', one, after(one, { tenant: 'globex' }), 'belongs to another client'],
  ['a gap', one, after(after(two)), 'checkpoint 1 to 2 is missing before checkpoint 3'],
  ['a repetition', two, two, 'checkpoint 1 comes after checkpoint 1'],
  ['a rewritten past', signCheckpoint({ ...first, at: '2026-03-04T09:16:00.000Z' }, key), two, 'does not follow'],
  ['a stream cut short', one, after(one, { heads: [head(2), head(1, 'pg1')] }), 'fs1 end at batch 1'],
  ['a stream gone', one, after(one, { heads: [head(3)] }), 'no longer has the stream of pg1'],
])('%s is named', (_, before, here, says) => {
  expect(checkpointFault(before, here, publicKey)).toContain(says);
});
