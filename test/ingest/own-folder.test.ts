import { mkdirSync, statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ownFolder } from '../../ingest/own-folder.ts';
import { folder } from '../helpers/folder.ts';

test.each([
  ['made', false],
  ['there before, open to all', true],
])('a folder %s is its owner’s alone', (_, before) => {
  using dir = folder();
  const path = dir.file('spool');
  if (before) mkdirSync(path, { mode: 0o777 });
  ownFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});
