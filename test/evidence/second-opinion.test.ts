/** docs/formats.md is enough: a script that shares no code with us comes to the same verdict. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { editLines, resign, scratch, unzip, write } from '../helpers/bundle.ts';
import { fixedKey, hold, items, readerOf } from '../helpers/sealed.ts';

const script = fileURLToPath(new URL('./verify.py', import.meta.url));
const held = hold({ fs1: { items: items('fs1', 40), perBatch: 9 }, pg1: { items: items('pg1', 17), perBatch: 5 } });

async function secondOpinion(change: (base: string) => void, redact: readonly string[] = []) {
  using place = scratch();
  const file = join(place.folder, 'a.zip');
  await write(file, readerOf(held), { redact: new Set(redact) });
  const base = unzip(file, join(place.folder, 'un'));
  change(base);
  const { status, stdout, stderr } = spawnSync('python3', [script, base], { encoding: 'utf8' });
  return { status, stdout: stdout.trim(), stderr };
}

test('it holds', async () => {
  expect(await secondOpinion(() => {})).toEqual({
    status: 0,
    stdout: 'HOLDS: 57 accesses, 0 redacted, 9 batches',
    stderr: '',
  });
});

test('it holds with lines taken out', async () => {
  const ids = held.items.slice(3, 6).map(({ item }) => item.access.id);
  expect(await secondOpinion(() => {}, ids)).toMatchObject({ stdout: 'HOLDS: 54 accesses, 3 redacted, 9 batches' });
});

test.each([
  ['a line', 'accesses.ndjson', 'jo', 'me', 'BROKEN: line 1 of accesses.ndjson is not what was sealed'],
  ['a record', 'records.ndjson', 'read', 'reed', 'BROKEN: line 3 of records.ndjson is not what was sealed'],
  ['a header', 'chain/fs1.ndjson', 'count: 9', 'count: 8', 'BROKEN: batch fs1/0 is not signed'],
])('it finds %s that was changed and signed over', async (_, name, from, to, says) => {
  const verdict = await secondOpinion((base) => {
    editLines(join(base, 'data', name), (lines) => lines.map((line) => line.replace(from, to)));
    resign(base, fixedKey('forger'));
  });
  expect(verdict).toEqual({ status: 1, stdout: says, stderr: '' });
});
