import { writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { loadArrivals } from '../../../ingest/sources/arrivals.ts';
import { folder } from '../../helpers/folder.ts';

const head = 'arrived_ms\tsource\toffset\tlength\n';

test('tells when the record at an offset of a source arrived, and nothing of others', () => {
  using dir = folder();
  writeFileSync(dir.file('a.tsv'), `${head}1739148556476\tfs1\t0\t211\n1739148558399\tfs1\t212\t90\n5\tpg1\t0\t1`);
  const arrivals = loadArrivals(dir.file('a.tsv'));
  expect([arrivals('fs1', 0), arrivals('fs1', 212), arrivals('pg1', 0)]).toEqual([1739148556476, 1739148558399, 5]);
  expect([arrivals('fs1', 1), arrivals('fs2', 0)]).toEqual([undefined, undefined]);
});

test('an empty table knows nothing', () => {
  using dir = folder();
  writeFileSync(dir.file('a.tsv'), head);
  expect(loadArrivals(dir.file('a.tsv'))('fs1', 0)).toBeUndefined();
});

test.each([
  ['a word for a time', 'soon\tfs1\t0\t1\n'],
  ['a negative offset', '1\tfs1\t-1\t1\n'],
  ['a column too few', '1\tfs1\t0\n2\tfs1\t1\t1\n'],
  ['spaces for tabs', '1 fs1 0 1\n'],
  ['a blank line', '\n2\tfs1\t1\t1\n'],
])('%s is refused with its line', (_, line) => {
  using dir = folder();
  const file = dir.file('a.tsv');
  writeFileSync(file, `${head}1\tfs1\t0\t1\n${line}`);
  expect(() => loadArrivals(file)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`${file}:3: write arrived_ms`),
    }),
  );
});

test('a table that is not there is said so', () => {
  using dir = folder();
  expect(() => loadArrivals(dir.file('none.tsv'))).toThrow(
    /none\.tsv, which should say when records arrived, cannot be read/,
  );
});
