import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import { openMax, ReadBook } from '../../../store/reads/read-book.ts';
import { readLines } from '../../../store/reads/read-log.ts';
import { readingAs } from '../../../store/reads/reader.ts';
import { folder } from '../../helpers/folder.ts';

test('what could not be written down is written later, with what was read of the same meanwhile', async () => {
  using dir = folder();
  const book = new ReadBook(dir.path, createLog('silent'));
  const read = (rows: number) =>
    readingAs({ who: 'jo', kind: 'person', purpose: 'case 7' }, () =>
      book.heardOf(tenantId('acme'))('SELECT 1', {})(rows),
    );
  writeFileSync(dir.file('reads'), 'a file where the folder should be');
  read(3);
  // Begins to write, and fails while the same is asked once more.
  const failing = book[Symbol.asyncDispose]();
  read(4);
  await expect(failing).rejects.toThrow();
  expect(readFileSync(dir.file('reads'), 'utf8')).toContain('a file');
  rmSync(dir.file('reads'));
  await book[Symbol.asyncDispose]();
  expect([...readLines(dir.path)].map(({ times, rows }) => ({ times, rows }))).toEqual([{ times: 2, rows: 7 }]);
});

test('while nothing can be written, memory is bounded and nothing goes uncounted', async () => {
  using dir = folder();
  const book = new ReadBook(dir.path, createLog('silent'));
  const read = (n: number) =>
    readingAs({ who: 'jo', kind: 'person', purpose: 'case 7' }, () =>
      book.heardOf(tenantId('acme'))(`SELECT ${n}`, {})(1),
    );
  writeFileSync(dir.file('reads'), 'a file where the folder should be');
  for (let n = 0; n < openMax; n += 1) read(n);
  const failing = book[Symbol.asyncDispose]();
  for (let n = openMax; n < openMax + 7; n += 1) read(n);
  await expect(failing).rejects.toThrow();
  for (let n = openMax + 7; n < openMax + 9; n += 1) read(n);
  rmSync(dir.file('reads'));
  await book[Symbol.asyncDispose]();
  const lines = [...readLines(dir.path)];
  expect(lines).toHaveLength(openMax + 1);
  expect(lines.find(({ purpose }) => purpose === 'several')).toMatchObject({ query: '', times: 9, rows: 9 });
});
