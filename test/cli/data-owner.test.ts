import { statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { dataFolder, ownerWarning } from '../../cli/data-owner.ts';
import { folder } from '../helpers/folder.ts';

const theirs = { path: '/var/lib/cordon', uid: 998, usable: false };

test('of an account of its own, or of no folder yet, nothing is said', () => {
  using dir = folder();
  expect(dataFolder(dir.path)).toEqual({ path: dir.path, uid: statSync(dir.path).uid, usable: true });
  expect(ownerWarning(dataFolder(dir.path))).toBe('');
  expect(dataFolder(dir.file('none'))).toBeUndefined();
  expect(ownerWarning(undefined)).toBe('');
});

test('root is told whose folder it is about to write in', () => {
  expect(ownerWarning({ ...theirs, usable: true }, { uid: 0, username: 'root' })).toBe(
    "the data folder /var/lib/cordon belongs to user 998, and this is root: what is written now that user cannot read. Run cordon as that user: sudo -u '#998' cordon …\n",
  );
});

test('another account is refused, unless its owner opened the folder to it', () => {
  const ana = { uid: 1_000, username: 'ana' };
  expect(() => ownerWarning(theirs, ana)).toThrow(
    'belongs to user 998, and ana may not use it; run cordon as that user',
  );
  expect(ownerWarning({ ...theirs, usable: true }, ana)).toBe('');
});
