import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exporter, scratch, signal, write } from '../helpers/bundle.ts';
import { fixedKey, hold, items, readerOf } from '../helpers/sealed.ts';
import { captured } from './captured.ts';

const reader = readerOf(hold({ fs1: { items: items('fs1', 12), perBatch: 5 } }));

const run = (cwd: string, ...args: string[]) => captured(['verify', ...args], { cwd, signal: signal() });

const pem = (key: KeyObject) => createPublicKey(key).export({ type: 'spki', format: 'pem' });

test('a good bundle: exit 0, what is proven, and that its keys came with it', async () => {
  using place = scratch();
  await write(join(place.folder, 'a.zip'), reader);
  const { code, out, err } = await run(place.folder, 'a.zip');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('a.zip HOLDS.');
  expect(out).toContain('Proven: 12 accesses and their 18 records are as they were sealed, in 3 signed batches.');
  expect(out).toContain('fs1: batches 0 to 2 without a gap (the first of its stream)');
  expect(out).toContain('Keys from the bundle show that it is consistent, not who made it');
});

test('with all keys given it says so and warns no more', async () => {
  using place = scratch();
  await write(join(place.folder, 'a.zip'), reader);
  writeFileSync(join(place.folder, 'e.pem'), pem(exporter));
  writeFileSync(join(place.folder, 'fs1.pem'), pem(fixedKey('fs1')));
  const { code, out } = await run(place.folder, 'a.zip', '--key', 'e.pem', '--collector-key', 'fs1=fs1.pem');
  expect(code).toBe(0);
  expect(out).toContain('(given by you)');
  expect(out).not.toContain('from the bundle');
});

test('a bundle of another exporter: exit 1', async () => {
  using place = scratch();
  await write(join(place.folder, 'a.zip'), reader);
  writeFileSync(join(place.folder, 'e.pem'), pem(fixedKey('somebody else')));
  const { code, out } = await run(place.folder, 'a.zip', '--key', 'e.pem');
  expect(code).toBe(1);
  expect(out).toContain('exporter.pub.pem: is another key than the one you gave');
});

test('--json is the verdict', async () => {
  using place = scratch();
  await write(join(place.folder, 'a.zip'), reader);
  const bytes = readFileSync(join(place.folder, 'a.zip'));
  bytes[10] = (bytes[10] ?? 0) ^ 4;
  writeFileSync(join(place.folder, 'a.zip'), bytes);
  const { code, out } = await run(place.folder, 'a.zip', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ holds: false, problems: [{ file: 'a.zip' }] });
});

test('a bundle that somebody made cannot move the cursor', async () => {
  using place = scratch();
  await write(join(place.folder, 'a.zip'), reader, { by: 'me\u001b[2J\u202e' });
  const { out } = await run(place.folder, 'a.zip');
  expect(out).toContain('by me\\u{1b}[2J\\u{202e} with');
});

test.each([
  ['no file', []],
  ['a file that is not there', ['gone.zip']],
  ['two files', ['a.zip', 'b.zip']],
  ['a key that is no key', ['a.zip', '--key', 'a.zip']],
  ['a collector key without its name', ['a.zip', '--collector-key', 'fs1.pem']],
])('%s: exit 2 and one line', async (_, args) => {
  using place = scratch();
  await write(join(place.folder, 'a.zip'), reader);
  const { code, out, err } = await run(place.folder, ...args);
  expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 2, out: '', lines: 2 });
});
