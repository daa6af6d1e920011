import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, jest, test } from '@jest/globals';
import { dice } from '../../cli/demo/dice.ts';
import { dispatch } from '../../cli/dispatch.ts';
import { lockData } from '../../store/data-lock.ts';
import { sambaLines } from '../helpers/edge.ts';
import { configOf, sourceNames, writeFirm } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { expectedOf, ingestedIn } from '../helpers/ingested.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { rowsOf } from '../helpers/vault.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);

const none = { read: 0, accessed: 0, repeats: 0, ignored: 0, rejects: 0 };

test('all sources at once: every record once, broken ones kept, and the counts say so', async () => {
  using dir = folder();
  const firm = writeFirm(dir.path, { records: 400 });
  const { code, out, err } = await captured(['import', '--all', '--json'], { cwd: dir.path });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const said = JSON.parse(out);
  const { records, rejects, accesses, odd } = await ingestedIn(firm.data);
  expect({ records, rejects, odd }).toEqual(expectedOf(firm.logs));
  expect(Object.keys(said)).toEqual(['sources', 'landed', 'refused', 'seconds']);
  for (const name of sourceNames) {
    const { good, broken, records: all } = firm.logs[name];
    const counts = { read: all, accessed: good.length, rejects: broken.length, ignored: 0 };
    expect(said.sources[name]).toEqual({ ...counts, repeats: all - good.length - broken.length });
  }
  expect(said.landed).toBe(Object.values(accesses).reduce((sum, n) => sum + n, 0));
  expect(said.refused).toBe(0);
  for (const tenant of ['acme', 'globex', '_unattributed']) expect(accesses[tenant]).toBeGreaterThan(100);
});

test('a second time gives nothing new; a file that has grown gives what is new', async () => {
  using dir = folder();
  const firm = writeFirm(dir.path);
  const { file, good, broken } = firm.logs.fs1;
  const first = await captured(['import', '--source', 'fs1', file], { cwd: dir.path });
  expect(first.code).toBe(0);
  const repeats = firm.logs.fs1.records - good.length - broken.length;
  expect(first.out).toContain(
    `fs1: ${firm.logs.fs1.records} records read, ${good.length} new, ${repeats} repeats, 0 of no interest, ${broken.length} rejects\n`,
  );
  expect(first.out).toMatch(new RegExp(`\\n${good.length} accesses landed in \\d+\\.\\d s\\n`));
  const again = JSON.parse((await captured(['import', '--source', 'fs1', file, '--json'], { cwd: dir.path })).out);
  expect([again.sources.fs1, again.landed]).toEqual([none, 0]);
  const more = sambaLines(3, 500);
  appendFileSync(file, more.map((line) => `${line}\n`).join(''));
  const grown = JSON.parse((await captured(['import', '--source', 'fs1', file, '--json'], { cwd: dir.path })).out);
  expect([grown.sources.fs1, grown.landed]).toEqual([{ ...none, read: 3, accessed: 3 }, 3]);
  const { records, odd } = await ingestedIn(firm.data);
  expect([records['fs1'], odd]).toEqual([[...good, ...more].sort(), []]);
});

test('stopped at any moment and run again, every record is there once', async () => {
  using dir = folder();
  const firm = writeFirm(dir.path, { records: 3_000, seed: 7 });
  const random = dice(Date.now()).roll;
  let stops = 0;
  for (;;) {
    const stop = new AbortController();
    // Some of these come while the store starts, some while records land; the last run is let through.
    const timer = stops < 4 ? setTimeout(() => stop.abort(), 600 + random() * 2_000) : undefined;
    const { code, err } = await captured(['import', '--all'], { cwd: dir.path, signal: stop.signal });
    clearTimeout(timer);
    if (code === 0) break;
    expect(err).toBe('stopped\n');
    stops += 1;
  }
  const { records, rejects, odd } = await ingestedIn(firm.data);
  expect({ records, rejects, odd }).toEqual(expectedOf(firm.logs));
});

test('--arrivals says when each record was seen', async () => {
  using dir = folder();
  const firm = writeFirm(dir.path);
  const lines = sambaLines(3);
  const file = dir.file('replayed.log');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const length = (lines[0]?.length ?? 0) + 1;
  const arrived = Date.parse('2026-03-05T06:00:00.000Z');
  const table = lines.map((line, i) => `${arrived + i * 60_000}\tfs1\t${i * length}\t${line.length}`);
  writeFileSync(dir.file('arrivals.tsv'), `arrived_ms\tsource\toffset\tlength\n${table.join('\n')}\n`);
  const args = ['import', '--source', 'fs1', 'replayed.log', '--arrivals', 'arrivals.tsv'];
  expect((await captured(args, { cwd: dir.path })).code).toBe(0);
  await using store = await openAt(firm.data, 'acme', 'globex');
  const rows = await rowsOf<{ seen_at: string }>(store, 'SELECT seen_at FROM accesses ORDER BY at');
  expect(rows.map(({ seen_at }) => Date.parse(seen_at) - arrived)).toEqual([0, 60_000, 120_000]);
});

test('on a terminal a bar says how far it is; elsewhere there is none', async () => {
  using dir = folder();
  writeFirm(dir.path);
  const [out, err] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true, columns: 120 })];
  const printed = Promise.all([text(out), text(err)]);
  const io = { out, err, in: Readable.from([]), env: {}, cwd: dir.path, signal: new AbortController().signal };
  expect(await dispatch(['import', '--all'], { ...io, isTTY: true })).toBe(0);
  out.end();
  err.end();
  const [, bar] = await printed;
  expect(bar).toMatch(/% · 0\/1 MB · .* · fs1/);
  expect(bar).toContain('landing');
});

describe('used wrongly it says what to write', () => {
  test.each([
    [['import'], 2, 'name the source with --source NAME, or import --all of them\n'],
    [['import', '--source', 'fs1'], 2, 'name the files of fs1 to import\n'],
    [['import', '--all', 'x.log'], 2, 'give --all, or --source and files, not both\n'],
    [['import', '--all', '--source', 'fs1'], 2, 'give --all, or --source and files, not both\n'],
    [
      ['import', '--source', 'fs9', 'x.log'],
      2,
      /^there is no source `fs9` in .*cordon\.yaml; there are fs1, win3, pg1\n$/,
    ],
    [['import', '--source', 'fs1', 'none.log'], 1, /^\/.*\/none\.log is not there\n$/],
    [['import', '--source', 'fs1', 'logs'], 1, /^\/.*\/logs is no file\n$/],
    [
      ['import', '--source', 'fs1', 'logs/fs1-a.log', '--arrivals', 'none.tsv'],
      2,
      /none\.tsv, which should say when records arrived, cannot be read \(ENOENT\)\n$/,
    ],
    [['import', '--al'], 2, 'there is no option `--al`; did you mean `--all`?; see cordon import --help\n'],
  ] as [string[], number, string | RegExp][])('%j', async (args, code, message) => {
    using dir = folder();
    writeFirm(dir.path);
    const said = await captured(args, { cwd: dir.path });
    expect(said).toEqual({
      code,
      out: '',
      err: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  test('a folder of logs that is not there is named', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path);
    writeFileSync(firm.config, readFileSync(firm.config, 'utf8').replace('logs/fs1-*.log', 'gone/fs1-*.log'));
    const { code, err } = await captured(['import', '--all'], { cwd: dir.path });
    expect(code).toBe(1);
    expect(err).toMatch(/^the folder \/.*\/gone of \/.*\/gone\/fs1-\*\.log is not there\n$/);
  });
});

test('a folder whose name matches is no log', async () => {
  using dir = folder();
  const firm = writeFirm(dir.path);
  mkdirSync(join(dir.path, 'logs', 'fs1-archive.log'));
  expect((await captured(['import', '--all'], { cwd: dir.path })).code).toBe(0);
  const { records } = await ingestedIn(firm.data);
  expect(records['fs1']).toEqual([...firm.logs.fs1.good].sort());
});

test('a data folder that another process works on is left alone', async () => {
  using dir = folder();
  const firm = writeFirm(dir.path);
  const signal = new AbortController().signal;
  await using _ = await lockData(firm.data, { purpose: 'serve', waitMs: 0, signal });
  const { code, err } = await captured(['import', '--all'], { cwd: dir.path });
  expect(code).toBe(1);
  expect(err).toBe(
    `the data folder ${firm.data} is in use by process ${process.pid}; stop that process, or give this one a data folder of its own\n`,
  );
});

test('the configuration of the tests is one that is taken', () => {
  expect(Object.keys(configOf().sources)).toEqual([...sourceNames]);
});
