import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Redaction, redactBundle } from '../../evidence/redact.ts';
import { verifyBundle } from '../../evidence/verify.ts';
import { editLines, exporter, filesOf, resign, scratch, signal, unzip, write } from '../helpers/bundle.ts';
import { fixedKey, hold, items, readerOf } from '../helpers/sealed.ts';

const held = hold({ fs1: { items: items('fs1', 40), perBatch: 9 } });
const reader = readerOf(held);
const [third, fourth] = held.items.slice(2, 4).map(({ item }) => item.access) as unknown as [
  { id: string },
  { id: string },
];

const redact = (bundle: string, out: string, ids: string[], over: Partial<Redaction> = {}) =>
  redactBundle({
    bundle,
    out,
    ids: new Set(ids),
    key: fixedKey('counsel'),
    by: 'counsel',
    tool: 'cordon test',
    at: '2026-04-02T09:00:00.000Z',
    signal: signal(),
    ...over,
  });

test('lines taken out at export leave their place proven and nothing of what they said', async () => {
  using place = scratch();
  const file = join(place.folder, 'a.zip');
  expect(await write(file, reader, { redact: new Set([third.id, fourth.id]) })).toMatchObject({
    accesses: 38,
    redacted: 2,
  });
  expect(await verifyBundle(file, {}, signal())).toMatchObject({ holds: true, accesses: 38, redacted: 2, withheld: 0 });
  const base = unzip(file, join(place.folder, 'un'));
  for (const name of filesOf(base)) {
    const content = readFileSync(join(base, name), 'utf8');
    expect(content).not.toContain(third.id);
    expect(content).not.toContain('ä 2.txt');
  }
});

test('a bundle can be redacted later by somebody else, who signs for it', async () => {
  using place = scratch();
  const [file, out] = [join(place.folder, 'a.zip'), join(place.folder, 'b.zip')];
  await write(file, reader);
  expect(await redact(file, out, [third.id])).toBe(1);
  const verdict = await verifyBundle(out, {}, signal());
  expect(verdict).toMatchObject({ holds: true, problems: [], accesses: 39, redacted: 1 });
  expect(verdict.custody).toMatchObject([
    { act: 'exported', by: 'responder' },
    { act: 'redacted', by: 'counsel', lines: 1 },
  ]);
});

test('redacted twice is the same as redacted at once, but for the custody', async () => {
  using place = scratch();
  const path = (name: string) => join(place.folder, `${name}.zip`);
  await write(path('a'), reader);
  await redact(path('a'), path('b'), [third.id]);
  await redact(path('b'), path('c'), [fourth.id]);
  await redact(path('a'), path('d'), [third.id, fourth.id]);
  expect(await verifyBundle(path('c'), {}, signal())).toMatchObject({
    holds: true,
    redacted: 2,
    custody: { length: 3 },
  });
  const [c, d] = ['c', 'd'].map((name) => unzip(path(name), join(place.folder, `un-${name}`))) as [string, string];
  for (const name of ['accesses', 'records', 'proofs']) {
    expect(readFileSync(join(c, `data/${name}.ndjson`))).toEqual(readFileSync(join(d, `data/${name}.ndjson`)));
  }
});

test('a redacted line cannot be invented, moved or shown twice', async () => {
  using place = scratch();
  const file = join(place.folder, 'a.zip');
  await write(file, reader, { redact: new Set([third.id]) });
  const base = unzip(file, join(place.folder, 'un'));
  const trio = ['accesses', 'records', 'proofs'].map((name) => join(base, `data/${name}.ndjson`));
  const originals = trio.map((name) => readFileSync(name));
  const problemsAfter = async (edit: (lines: string[]) => string[]): Promise<readonly unknown[]> => {
    for (const name of trio) editLines(name, edit);
    resign(base, exporter);
    const { problems } = await verifyBundle(base, {}, signal());
    for (const [index, name] of trio.entries())
      editLines(name, () => String(originals[index]).split('\n').slice(0, -1));
    return problems;
  };
  expect(await problemsAfter((lines) => [...lines, lines[2] ?? ''])).toMatchObject(
    [
      { file: 'data/proofs.ndjson', where: 'line 41 (redacted)', what: 'repeats the place 0/2 fs1' },
      { file: 'bag-info.txt' },
    ].reverse(),
  );
  expect(
    await problemsAfter((lines) => lines.map((line) => line.replace(/"(redacted|leaf)":"./, '"$1":"0'))),
  ).toContainEqual(expect.objectContaining({ where: 'line 3 (redacted)' }));
});

test('a bundle that does not hold is not redacted, nor one that has none of the lines', async () => {
  using place = scratch();
  const file = join(place.folder, 'a.zip');
  await write(file, reader);
  await expect(redact(file, join(place.folder, 'b.zip'), ['0'.repeat(32)])).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  const base = unzip(file, join(place.folder, 'un'));
  editLines(join(base, 'data/accesses.ndjson'), (lines) => lines.slice(1));
  await expect(redact(base, join(place.folder, 'c.zip'), [third.id])).rejects.toMatchObject({
    code: 'EVIDENCE_BROKEN',
  });
  expect(filesOf(place.folder).filter((name) => /^[bc]/.test(name))).toEqual([]);
});
