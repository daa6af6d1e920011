import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { accessId } from '../../core/types.ts';
import { KeySet, keyBytes, keysInOrder, writeKey } from '../../ingest/id-keys.ts';
import { keysOf } from '../helpers/flush.ts';

const ids = Array.from({ length: 5_000 }, (_, i) => accessId(hash('sha256', `${i}`, 'hex').slice(0, 32)));

const apart = (keys: Buffer): string[] =>
  Array.from({ length: keys.length / keyBytes }, (_, i) => keys.toString('hex', i * keyBytes, (i + 1) * keyBytes));

test('a key is the bytes that the digits of its id are', () => {
  const keys = Buffer.alloc(2 * keyBytes);
  const id = accessId('0123456789abcdeffedcba9876543210');
  writeKey(id, keys, keyBytes);
  expect(keys.toString('hex')).toBe(`${'0'.repeat(32)}${id}`);
});

test('ordered keys are the same ones, each once, neighbours next to each other', () => {
  const keys = apart(keysInOrder(keysOf(ids)));
  // Two of five thousand may begin with the same four bytes; their order is of no account.
  expect(keys.map((key) => key.slice(0, 8))).toEqual(ids.map((id) => id.slice(0, 8)).sort());
  expect([...keys].sort()).toEqual([...ids].sort());
});

test('ids that begin alike, and the highest there is, come out whole', () => {
  const alike = ['f', 'e', '0'].map((digit) => accessId(`${'f'.repeat(31)}${digit}`));
  expect(apart(keysInOrder(keysOf(alike)))).toEqual(alike);
  expect(keysInOrder(Buffer.alloc(0))).toHaveLength(0);
});

test('a set takes each id once, in the order they came, also when it is used again', () => {
  const set = new KeySet();
  for (const part of [ids, ids.slice(1_000).reverse()]) {
    expect(part.map((id) => set.add(id))).toEqual(part.map(() => true));
    expect(part.map((id) => set.add(id))).toEqual(part.map(() => false));
    expect(apart(set.keys)).toEqual(part);
    set.clear();
    expect(set.keys).toHaveLength(0);
  }
});

test('ids whose beginnings and ends are alike are different ones', () => {
  const alike = ['0', '1', '2'].map((digit) => accessId(`${'a'.repeat(16)}${digit}${'a'.repeat(15)}`));
  const set = new KeySet();
  expect([...alike, ...alike].map((id) => set.add(id))).toEqual([true, true, true, false, false, false]);
});
