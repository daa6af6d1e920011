/** docs/detectors.md is what the list says. `UPDATE_DOCS=1` writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { detectorsPage } from '../../cli/detectors-page.ts';
import { packageRoot } from '../../core/package-root.ts';
import { detectors } from '../../detectors/index.ts';

const file = new URL('docs/detectors.md', packageRoot);

test('the page is made from the list', () => {
  const page = detectorsPage(detectors);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, page);
  expect(readFileSync(file, 'utf8')).toBe(page);
});
