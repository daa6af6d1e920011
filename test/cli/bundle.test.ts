import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bundleWith } from '../../cli/bundle.ts';
import { verifyBundle } from '../../evidence/verify.ts';
import { scratch, signal } from '../helpers/bundle.ts';
import { hold, items, readerOf } from '../helpers/sealed.ts';
import { captured } from './captured.ts';

const held = hold({ fs1: { items: items('fs1', 30), perBatch: 8 } });
const range = ['--tenant', 'acme', '--from', '2026-03-04', '--to', '2026-03-04'];

/** A firm with the client acme, its store answered from memory. */
async function run(folder: string, args: readonly string[], lost: readonly string[] = []) {
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'cordon.yaml'), 'data: ./data\ndirectory: ./directory.yaml\nsources: {}\n');
  writeFileSync(
    join(folder, 'directory.yaml'),
    'firm: { name: F, time_zone: Europe/London, domains: [f.example] }\nclients:\n  - { id: acme, name: Acme, alias: C-1, team: T1 }\n',
  );
  let closed = 0;
  const verb = bundleWith(async () => ({
    ...readerOf(held, { lost }),
    [Symbol.asyncDispose]: async () => {
      closed += 1;
    },
  }));
  const verbs = [{ name: 'bundle', summary: '', load: async () => verb }];
  const printed = await captured(['bundle', ...args], { cwd: folder, signal: signal(), verbs });
  return { ...printed, closed };
}

test('writes a bundle that verifies, and says how to check it', async () => {
  using place = scratch();
  const { code, closed, out, err } = await run(place.folder, [...range, '-o', 'a.zip']);
  expect({ code, closed, err }).toEqual({ code: 0, closed: 1, err: '' });
  expect(out).toContain('30 accesses with 42 records, from 4 batches of 1 collectors');
  expect(out).toContain(`check it with: cordon verify ${join(place.folder, 'a.zip')}`);
  const verdict = await verifyBundle(join(place.folder, 'a.zip'), {}, signal());
  expect(verdict).toMatchObject({
    holds: true,
    accesses: 30,
    query: { tenant: 'acme', from: '2026-03-04T00:00:00.000Z', until: '2026-03-05T00:00:00.000Z' },
  });
});

test('one actor, some of it redacted, as JSON', async () => {
  using place = scratch();
  const ids = held.items.slice(0, 3).map(({ item }) => item.access.id);
  writeFileSync(join(place.folder, 'ids.txt'), `${ids.join('\n')}\n`);
  const { code, out } = await run(place.folder, [
    ...range,
    '--actor',
    'jo',
    '--redact',
    'ids.txt',
    '-o',
    'a.zip',
    '--json',
  ]);
  expect(code).toBe(0);
  // Two of the three are jo's: the redacted count says which lines of the bundle, not of the list.
  expect(JSON.parse(out)).toMatchObject({
    accesses: 13,
    redacted: 2,
    streams: [{ collector: 'fs1', first: 0, last: 3 }],
  });
});

test('a batch that the store lost: the rest is written, exit 1', async () => {
  using place = scratch();
  const { code, out } = await run(place.folder, [...range, '-o', 'a.zip'], ['fs1/1']);
  expect(code).toBe(1);
  expect(out).toContain('known gap, fs1, missing: batch 1 is not in the store');
});

test.each([
  ['no client', ['--from', '-7d', '-o', 'a.zip'], 'cordon bundle --tenant'],
  ['a client nobody knows', ['--tenant', 'acne', '--from', '-7d', '-o', 'a.zip'], 'did you mean `acme`?'],
  ['no file', range, 'cordon bundle --tenant'],
  [
    'a range that ends before it begins',
    ['--tenant', 'acme', '--from', '2026-03-05', '--to', '2026-03-01', '-o', 'a.zip'],
    'is empty',
  ],
  ['a time that is none', ['--tenant', 'acme', '--from', 'soon', '-o', 'a.zip'], '`soon` is not a time'],
  [
    'a list of ids that holds something else',
    [...range, '--redact', 'cordon.yaml', '-o', 'a.zip'],
    'entry 1 of cordon.yaml',
  ],
  ['a folder that is not there', [...range, '-o', 'no/a.zip'], 'name a file in a folder that exists'],
])('%s: exit 2, and the remedy', async (_, args, says) => {
  using place = scratch();
  const { code, out, err } = await run(place.folder, args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(says);
  expect(readdirSync(place.folder).sort()).toEqual(['cordon.yaml', 'data', 'directory.yaml']);
});
