import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readMemory, SpoolMemory } from '../../ingest/spool-memory.ts';
import { folder } from '../helpers/folder.ts';

/** More than the file holds before it is written anew. */
const long = 'x'.repeat(5 * 1024 * 1024);

test('a file that cannot be written anew is written anew later, and nobody else’s file is closed meanwhile', () => {
  using dir = folder();
  const read: Record<string, string> = {};
  const memory = new SpoolMemory(dir.file('m.log'), () => ({ heads: {}, counts: {}, read, confirmed: {} }));
  mkdirSync(dir.file('m.log.new'));
  memory.add({ read: { long } });
  // The number of a file that was closed is the next one's.
  const others = [1, 2, 3].map(() => openSync(dir.file('m.log'), 'r'));
  memory.add({ read: { long } });
  for (const fd of others) expect(fstatSync(fd).isFile()).toBe(true);
  for (const fd of others) closeSync(fd);

  rmdirSync(dir.file('m.log.new'));
  read['tail/fs1'] = '[7]';
  memory.add({ read: { 'tail/fs1': '[7]' } });
  memory.add({ read: { 'tail/fs2': '/srv/Zürich' } });
  memory.close();
  expect(readMemory(dir.file('m.log'))?.read).toEqual({ 'tail/fs1': '[7]', 'tail/fs2': '/srv/Zürich' });
  expect(readFileSync(dir.file('m.log'), 'utf8').split('\n')).toHaveLength(3);
});
