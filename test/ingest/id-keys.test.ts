import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { accessId } from '../../core/types.ts';
import { keysInOrder } from '../../ingest/id-keys.ts';

const ids = Array.from({ length: 5_000 }, (_, i) => accessId(hash('sha256', `${i}`, 'hex').slice(0, 32)));

test('the keys of ids are their bytes, each once, neighbours next to each other', () => {
  const keys = keysInOrder(ids).map((key) => key.toString('hex'));
  // Two of five thousand may begin with the same four bytes; their order is of no account.
  expect(keys.map((key) => key.slice(0, 8))).toEqual(ids.map((id) => id.slice(0, 8)).sort());
  expect([...keys].sort()).toEqual([...ids].sort());
});

test('ids that begin alike, and the highest there is, come out whole', () => {
  const alike = ['f', 'e', '0'].map((digit) => accessId(`${'f'.repeat(31)}${digit}`));
  expect(keysInOrder(alike).map((key) => key.toString('hex'))).toEqual(alike);
  expect(keysInOrder([])).toEqual([]);
});
