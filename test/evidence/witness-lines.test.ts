import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { addLines, linesOf } from '../../evidence/witness-lines.ts';
import { folder } from '../helpers/folder.ts';

test('what is added stands in lines, and what was begun and not ended is the last of them', () => {
  using place = folder();
  const file = place.file('lines.ndjson');
  expect(linesOf(file)).toEqual([]);
  addLines(file, [{ why: 'Müller' }, { n: 1 }]);
  expect(linesOf(file)).toEqual(['{"why":"Müller"}', '{"n":1}', '']);
  appendFileSync(file, '{"n":');
  expect(linesOf(file).at(-1)).toBe('{"n":');
});

test('a torn line stays as it is, and the next one begins behind it', () => {
  using place = folder();
  const file = place.file('lines.ndjson');
  // The first half of a letter of two bytes.
  writeFileSync(file, Buffer.from('{"why":"Mü').subarray(0, -1));
  addLines(file, [{ n: 1 }]);
  addLines(file, [{ n: 2 }]);
  expect(readFileSync(file, 'latin1')).toBe('{"why":"M\xc3\n{"n":1}\n{"n":2}\n');
});

test('nothing to add touches nothing', () => {
  using place = folder();
  const file = place.file('lines.ndjson');
  addLines(file, []);
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, '{"n":');
  addLines(file, []);
  expect(readFileSync(file, 'utf8')).toBe('{"n":');
});

test('of a long file only the end is read', () => {
  using place = folder();
  const file = place.file('lines.ndjson');
  addLines(file, [{ n: 1 }, { n: 2 }]);
  expect(linesOf(file, 11)).toEqual(['1}', '{"n":2}', '']);
});
