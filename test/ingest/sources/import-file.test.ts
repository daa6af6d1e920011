import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import type { Instant } from '../../../core/types.ts';
import { lines } from '../../../ingest/frame.ts';
import { flushBytes } from '../../../ingest/intake.ts';
import { importFile } from '../../../ingest/sources/import-file.ts';
import { Spool } from '../../../ingest/spool.ts';
import { intakeOf, sambaLine, sambaLines } from '../../helpers/edge.ts';
import { folder } from '../../helpers/folder.ts';
import { accessLines, rawRecords } from '../../helpers/plain.ts';

const log = createLog('silent');
const arrived = Date.parse('2026-03-04T12:00:00.000Z');
const textOf = (given: readonly string[]) => given.map((line) => `${line}\n`).join('');
const recordsOf = (spool: Spool) =>
  [...spool.waiting(0, 99_999)].flatMap(({ batch }) => rawRecords(batch).flat().map(String));

interface Given {
  readonly signal?: AbortSignal;
  readonly seenAt?: (offset: number) => Instant;
  readonly onProgress?: (done: number, size: number) => void;
}

function run(spool: Spool, path: string, { signal = new AbortController().signal, seenAt, onProgress }: Given = {}) {
  const intake = intakeOf(spool);
  return importFile(path, {
    source: 'fs1',
    framing: lines,
    intake,
    spool,
    seenAt: seenAt ?? (() => arrived),
    log,
    signal,
    ...(onProgress && { onProgress }),
  });
}

test('a file is read whole, its last line too when no newline ends it', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const file = dir.file('audit.log');
  writeFileSync(file, textOf(sambaLines(10)).slice(0, -1));
  const { counts, from, size } = await run(spool, file);
  expect(counts).toEqual({ read: 10, accessed: 10, repeats: 0, ignored: 0, rejects: 0 });
  expect([from, size]).toEqual([0, readFileSync(file).length]);
  expect(recordsOf(spool)).toEqual(sambaLines(10));
});

test('an empty file is no failure', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  writeFileSync(dir.file('audit.log'), '');
  expect((await run(spool, dir.file('audit.log'))).counts.read).toBe(0);
});

describe('imported once more', () => {
  test('a file that is the same gives nothing new, and is not read again', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const file = dir.file('audit.log');
    writeFileSync(file, textOf(sambaLines(10)));
    await run(spool, file);
    const { counts, from } = await run(spool, file);
    expect([counts.read, from]).toEqual([0, readFileSync(file).length]);
    expect(recordsOf(spool)).toHaveLength(10);
  });

  test('a file that has grown gives what is new', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const file = dir.file('audit.log');
    writeFileSync(file, textOf(sambaLines(10)));
    await run(spool, file);
    appendFileSync(file, textOf(sambaLines(5, 10)));
    expect((await run(spool, file)).counts).toEqual({ read: 5, accessed: 5, repeats: 0, ignored: 0, rejects: 0 });
    expect(recordsOf(spool)).toEqual(sambaLines(15));
  });

  test('a file that has grown inside its last line gives that line again, as what it has become', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const file = dir.file('audit.log');
    writeFileSync(file, `${textOf(sambaLines(2))}${sambaLine(2).slice(0, 30)}`);
    expect((await run(spool, file)).counts).toMatchObject({ accessed: 2, rejects: 1 });
    appendFileSync(file, `${sambaLine(2).slice(30)}\n`);
    await run(spool, file);
    expect(recordsOf(spool)).toEqual(sambaLines(3));
  });

  test('a file that was replaced is read from its start, what was there before counted as repeats', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const file = dir.file('audit.log');
    writeFileSync(file, textOf(sambaLines(10)));
    await run(spool, file);
    writeFileSync(file, textOf(sambaLines(20, 5)));
    expect((await run(spool, file)).counts).toEqual({ read: 20, accessed: 15, repeats: 5, ignored: 0, rejects: 0 });
    expect([...recordsOf(spool)].sort()).toEqual(sambaLines(25).sort());
  });

  test('an export that begins as before, with late records sorted in, loses none of them', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const file = dir.file('export.log');
    const all = sambaLines(60);
    const late = new Set([20, 21, 40]);
    writeFileSync(file, textOf(all.filter((_, i) => !late.has(i))));
    await run(spool, file);
    writeFileSync(file, textOf(all));
    await run(spool, file);
    expect([...recordsOf(spool)].sort()).toEqual([...all].sort());
  });

  test('a file that is shorter now is read from its start', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const file = dir.file('audit.log');
    writeFileSync(file, textOf(sambaLines(10)));
    await run(spool, file);
    writeFileSync(file, textOf([sambaLine(0), sambaLine(77)]));
    expect((await run(spool, file)).counts).toMatchObject({ read: 2, accessed: 1, repeats: 1 });
  });

  test('a copy under another name gives nothing new', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    writeFileSync(dir.file('audit.log'), textOf(sambaLines(10)));
    await run(spool, dir.file('audit.log'));
    copyFileSync(dir.file('audit.log'), dir.file('audit.log.1'));
    expect((await run(spool, dir.file('audit.log.1'))).counts).toMatchObject({ read: 10, accessed: 0, repeats: 10 });
  });
});

test('an import that was stopped goes on where it was: every record once, whenever it was stopped', async () => {
  using dir = folder();
  const file = dir.file('audit.log');
  const long = 'a folder with a long name '.repeat(100);
  const all = Array.from({ length: 16_000 }, (_, n) => sambaLine(n).replace('paper', `${long}${n}/paper`));
  writeFileSync(file, textOf(all));
  await using spool = new Spool(dir.path);
  const begun: number[] = [];
  for (let stops = 0; ; stops += 1) {
    const stop = new AbortController();
    let flushes = 0;
    // The first runs are stopped before, after and between flushes; the last one is let through.
    if (stops === 0) stop.abort();
    if (stops === 1) setImmediate(() => stop.abort());
    const onProgress = () => {
      flushes += 1;
      if (stops < 5 && flushes === 1) stop.abort();
    };
    try {
      const { from, size } = await run(spool, file, { signal: stop.signal, onProgress });
      begun.push(from);
      expect(size).toBeGreaterThan(4 * flushBytes);
      break;
    } catch (error) {
      expect((error as Error).name).toBe('AbortError');
    }
  }
  expect(begun[0]).toBeGreaterThan(0);
  expect(recordsOf(spool)).toEqual(all);
});

test('progress says how much is safe, and reaches the size', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const file = dir.file('audit.log');
  const long = 'x'.repeat(50_000);
  writeFileSync(file, textOf(sambaLines(400).map((line) => line.replace('paper', long))));
  const said: [number, number][] = [];
  const { size } = await run(spool, file, { onProgress: (done, of) => said.push([done, of]) });
  expect(said.length).toBeGreaterThan(2);
  expect(said.map(([done]) => done)).toEqual(said.map(([done]) => done).sort((a, b) => a - b));
  expect(said.at(-1)).toEqual([size, size]);
});

test('each record is seen when its arrival says, by its place in the file', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const file = dir.file('audit.log');
  const all = sambaLines(3);
  writeFileSync(file, textOf(all));
  await run(spool, file, { seenAt: (offset) => arrived + offset * 1_000 });
  const [batch] = [...spool.waiting(0, 9)];
  if (!batch) throw new Error('nothing was sealed');
  const seen = accessLines(batch.batch)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => Date.parse((JSON.parse(line) as { seen_at: string }).seen_at) - arrived);
  const length = (all[0]?.length ?? 0) + 1;
  expect(seen).toEqual([0, length * 1_000, 2 * length * 1_000]);
});

test.each([
  ['is not there', 'missing.log', /missing\.log cannot be read \(ENOENT\)/],
  ['is a folder', 'folder', /folder cannot be read \(it is no file\)/],
])('a file that %s is said so', async (_, name, message) => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  mkdirSync(dir.file('folder'));
  await expect(run(spool, dir.file(name))).rejects.toThrow(
    expect.objectContaining({ code: 'SOURCE_UNREADABLE', message: expect.stringMatching(message) }),
  );
});
