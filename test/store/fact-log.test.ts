import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readFact } from '../../core/fact-lines.ts';
import { packageRoot } from '../../core/package-root.ts';
import { openFactLog } from '../../store/fact-log.ts';

const now = Date.parse('2026-03-04T12:00:00Z');
const lineOf = (person: string) => {
  const read = readFact({ recorded_at: '2026-03-04T09:00:00Z', op: 'hire', person, from: '2026-01-01' }, 'UTC');
  if (Array.isArray(read)) throw new Error(read.join());
  return read;
};
const folder = () => join(mkdtempSync(join(tmpdir(), 'cordon-fact-log-')), 'data');
const peopleOf = (data: string) => openFactLog(data, 'UTC').facts.map((fact) => ('person' in fact ? fact.person : ''));

test('facts are there when the log is opened again, in the order of their import', () => {
  const data = folder();
  const log = openFactLog(data, 'UTC');
  expect(log.append([lineOf('p2'), lineOf('p1')], now)).toEqual({ added: 2, known: 0 });
  expect(log.append([lineOf('p3')], now)).toEqual({ added: 1, known: 0 });
  expect(log.facts).toHaveLength(3);
  expect(peopleOf(data)).toEqual(['p2', 'p1', 'p3']);
  expect(readFileSync(join(data, 'facts.jsonl'), 'utf8').split('\n')[0]).toBe(
    '{"imported_at":"2026-03-04T12:00:00.000Z","fact":{"from":"2026-01-01","op":"hire","person":"p2","recorded_at":"2026-03-04T09:00:00Z"}}',
  );
});

test('what is there already, or twice in one import, is added once and changes no byte', () => {
  const data = folder();
  openFactLog(data, 'UTC').append([lineOf('p1')], now);
  const before = readFileSync(join(data, 'facts.jsonl'));
  expect(openFactLog(data, 'UTC').append([lineOf('p1')], now + 1)).toEqual({ added: 0, known: 1 });
  expect(readFileSync(join(data, 'facts.jsonl'))).toEqual(before);
  expect(openFactLog(data, 'UTC').append([lineOf('p2'), lineOf('p2')], now)).toEqual({ added: 1, known: 1 });
});

test('a log cut at any byte keeps its whole lines, says what was torn, and grows again', () => {
  const data = folder();
  openFactLog(data, 'UTC').append([lineOf('p1'), lineOf('p2')], now);
  const file = join(data, 'facts.jsonl');
  const whole = readFileSync(file);
  const first = whole.indexOf(10) + 1;
  for (let length = first; length < whole.length; length += 7) {
    writeFileSync(file, whole);
    truncateSync(file, length);
    const log = openFactLog(data, 'UTC');
    expect({ facts: log.facts.length, torn: log.tornBytes }).toEqual({ facts: 1, torn: length - first });
    expect(log.append([lineOf('p3')], now)).toEqual({ added: 1, known: 0 });
    expect(peopleOf(data)).toEqual(['p1', 'p3']);
  }
});

test('a line damaged in the middle is named, not passed over', () => {
  const data = folder();
  openFactLog(data, 'UTC').append([lineOf('p1'), lineOf('p2')], now);
  const file = join(data, 'facts.jsonl');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"op":"hire"', '"op":"fire"'));
  expect(() => openFactLog(data, 'UTC')).toThrow(
    expect.objectContaining({
      code: 'FACT_INVALID',
      message: expect.stringContaining(`${file}:1: the fact log is damaged`),
    }),
  );
});

test('what another process wrote meanwhile is not written over', () => {
  const data = folder();
  const one = openFactLog(data, 'UTC');
  openFactLog(data, 'UTC').append([lineOf('p1')], now);
  expect(() => one.append([lineOf('p2')], now)).toThrow(expect.objectContaining({ code: 'IN_USE' }));
  expect(peopleOf(data)).toEqual(['p1']);
});

test('the log is for its owner alone', () => {
  const data = folder();
  openFactLog(data, 'UTC').append([lineOf('p1')], now);
  expect(statSync(join(data, 'facts.jsonl')).mode & 0o077).toBe(0);
});

test('a full disk is said in a sentence, and what was there stays whole', () => {
  const data = folder();
  openFactLog(data, 'UTC').append([lineOf('p1')], now);
  const before = readFileSync(join(data, 'facts.jsonl'));
  const script = `
    import { openFactLog } from './store/fact-log.ts';
    import { readFact } from './core/fact-lines.ts';
    const log = openFactLog(process.argv[1], 'UTC');
    const lines = Array.from({ length: 100 }, (_, i) =>
      readFact({ recorded_at: '2026-03-04T09:00:00Z', op: 'hire', person: 'q' + i, from: '2026-01-01' }, 'UTC'));
    try { log.append(lines, 0); } catch (error) { console.log(error.code, log.facts.length); }`;
  // A limit on the size of files (1 KiB) is the nearest a test comes to a disk with no room left.
  const { stdout } = spawnSync(
    'bash',
    [
      '-c',
      'ulimit -f 1; exec "$0" "$@"',
      process.execPath,
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      script,
      data,
    ],
    { cwd: fileURLToPath(packageRoot), encoding: 'utf8' },
  );
  expect(stdout).toBe('SPOOL_FULL 1\n');
  expect(readFileSync(join(data, 'facts.jsonl'))).toEqual(before);
});
