import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { publicMode, writeDurably } from '../../core/write-whole.ts';
import { folder } from '../helpers/folder.ts';

const modeOf = (file: string): number => statSync(file).mode & 0o777;

test('a private file is its owner’s alone, whatever a crash left beside it, and nothing else is left', () => {
  using place = folder();
  const file = place.file('keys/own.pem');
  writeDurably(file, 'first');
  writeFileSync(`${file}.new`, 'half of ano');
  chmodSync(`${file}.new`, 0o644);
  writeDurably(file, 'second');
  expect([readFileSync(file, 'utf8'), modeOf(file)]).toEqual(['second', 0o600]);
  expect(readdirSync(place.file('keys'))).toEqual(['own.pem']);
});

test('a public one may be read by others', () => {
  using place = folder();
  const file = place.file('own.pub.pem');
  writeDurably(file, 'public', publicMode);
  expect(modeOf(file) & 0o600).toBe(0o600);
  expect(modeOf(file)).toBe(publicMode & ~process.umask());
});
