import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import { ReadBook } from '../../../store/reads/read-book.ts';
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
