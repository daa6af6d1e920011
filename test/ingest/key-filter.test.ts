import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { KeyFilter } from '../../ingest/key-filter.ts';

const keyOf = (name: string): Buffer => hash('sha256', name, 'buffer').subarray(0, 16);

test('a filter knows every key it was given, over all its parts', () => {
  const filter = new KeyFilter();
  const keys = Array.from({ length: 200_000 }, (_, i) => keyOf(`${i}`));
  for (const key of keys) filter.add(key);
  expect(keys.filter((key) => !filter.mayHold(key))).toEqual([]);
});

test('of keys it was not given it takes fewer than one in a hundred for its own', () => {
  const filter = new KeyFilter();
  for (let i = 0; i < 200_000; i += 1) filter.add(keyOf(`${i}`));
  const taken = Array.from({ length: 20_000 }, (_, i) => keyOf(`other ${i}`)).filter((key) => filter.mayHold(key));
  // The keys are always the same, so this is no matter of luck.
  expect(taken.length).toBeLessThan(200);
  expect(new KeyFilter().mayHold(keyOf('0'))).toBe(false);
});

test('a key is where it lies in its buffer', () => {
  const filter = new KeyFilter();
  const keys = Buffer.concat([keyOf('a'), keyOf('b')]);
  filter.add(keys, 16);
  expect([filter.mayHold(keyOf('b')), filter.mayHold(keys, 16), filter.mayHold(keys)]).toEqual([true, true, false]);
});
