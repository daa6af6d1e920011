/** Pages that point somewhere: every link leads to a file, every source file they name is there. */
import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { localLinks, pages } from '../helpers/markdown.ts';

const root = new URL('../../', import.meta.url);
const folders = 'alerts|bench|cli|core|dashboards|detectors|docs|evidence|examples|ingest|store|test';
const named = new RegExp(`\`((?:${folders})/[\\w./-]*)\``, 'g');

test.each(pages)('the links of $path lead somewhere', (page) => {
  expect(localLinks(page).filter((target) => !existsSync(new URL(target, page.url)))).toEqual([]);
});

test.each(pages)('the files and folders that $path names exist', ({ text }) => {
  const paths = [...text.matchAll(named)].map(([, path]) => path ?? '');
  expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});
