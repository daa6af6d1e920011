/** Every question that can be asked of a tenant is noted: by `run`, or where it is asked. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const folder = new URL('../../../store/queries/', import.meta.url);
/** Asks the firm's database alone. */
const firmOnly = ['candidates.ts'];

test.each(readdirSync(folder).filter((name) => !firmOnly.includes(name)))('store/queries/%s', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const asked = text.match(/\bdb\.query\(/g) ?? [];
  const told = text.match(/\bnoting\(/g) ?? [];
  expect(told).toHaveLength(asked.length);
});
