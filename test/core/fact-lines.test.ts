import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { canonical, readFactFile, strangersOf } from '../../core/fact-lines.ts';
import { isoOf } from '../../core/time.ts';
import { writtenDirectory } from './directory/written-directory.ts';

const file = join(mkdtempSync(join(tmpdir(), 'cordon-facts-')), 'facts.jsonl');
const zone = 'Europe/London';
const read = (...lines: (string | Buffer | object)[]) => {
  const bytes = lines.map((line) =>
    Buffer.isBuffer(line) ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)),
  );
  writeFileSync(file, Buffer.concat(bytes.flatMap((line) => [line, Buffer.from('\n')])));
  return readFactFile(file, zone).map(({ fact }) => fact);
};
const recorded_at = '2026-03-04T09:00:00Z';
const recordedAt = Date.parse(recorded_at);
const at = (text: string) => Date.parse(text);
const hire = { recorded_at, op: 'hire', person: 'p1', from: '2026-01-01' };

test.each([
  [{ op: 'hire', person: 'p1', from: '2026-01-05' }, { from: at('2026-01-05T00:00:00Z') }],
  [
    { op: 'notice', person: 'p1', from: '2026-07-01', to: '2026-07-31' },
    { from: at('2026-06-30T23:00:00Z'), to: at('2026-07-31T23:00:00Z') },
  ],
  [{ op: 'terminate', person: 'p1', from: '2026-01-05T17:30:00+01:00' }, { from: at('2026-01-05T16:30:00Z') }],
  [
    { op: 'assign', person: 'p1', client: 'acme', matter: 'm1', from: '2026-01-05' },
    { client: 'acme', matter: 'm1', from: at('2026-01-05T00:00:00Z'), to: undefined },
  ],
  [
    { op: 'assign', person: 'p1', client: 'acme', from: '2026-01-05', to: '2026-01-05' },
    { client: 'acme', matter: undefined, from: at('2026-01-05T00:00:00Z'), to: at('2026-01-06T00:00:00Z') },
  ],
  [
    { op: 'unassign', person: 'p1', client: 'acme', to: '2026-01-05T00:00:00Z' },
    { client: 'acme', matter: undefined, to: at('2026-01-05T00:00:00Z') },
  ],
  [
    { op: 'cover', person: 'p1', for: 'p2', from: '2026-01-05', to: '2026-01-06' },
    { for: 'p2', client: undefined, from: at('2026-01-05T00:00:00Z'), to: at('2026-01-07T00:00:00Z') },
  ],
  [
    {
      op: 'ticket',
      id: 'REQ1',
      person: 'p1',
      client: 'acme',
      reason: 'restore',
      from: '2026-01-05T09:00:00Z',
      to: '2026-01-05T10:00:00Z',
    },
    {
      ticket: 'REQ1',
      client: 'acme',
      reason: 'restore',
      from: at('2026-01-05T09:00:00Z'),
      to: at('2026-01-05T10:00:00Z'),
    },
  ],
  [
    { op: 'absence', person: 'p1', from: '2026-10-25', to: '2026-10-25' },
    { from: at('2026-10-24T23:00:00Z'), to: at('2026-10-26T00:00:00Z') },
  ],
  [
    { op: 'travel', person: 'p1', country: 'US', from: '2026-01-05', to: '2026-01-05' },
    { country: 'US', from: at('2026-01-05T00:00:00Z'), to: at('2026-01-06T00:00:00Z') },
  ],
  [
    { op: 'office_move', office: 'lon', networks: ['10.9.0.0/16'], from: '2026-01-05' },
    { office: 'lon', networks: ['10.9.0.0/16'], from: at('2026-01-05T00:00:00Z') },
  ],
  [
    { op: 'barrier', between: ['acme', 'globex'], from: '2026-01-05' },
    { between: ['acme', 'globex'], kind: 'absolute', from: at('2026-01-05T00:00:00Z') },
  ],
  [
    { op: 'unbarrier', between: ['acme', 'globex'], to: '2026-01-05' },
    { between: ['acme', 'globex'], to: at('2026-01-06T00:00:00Z') },
  ],
])('$op: a date is a day of the firm, an RFC 3339 time is exact', (written, expected) => {
  const [fact] = read({ recorded_at, ...written });
  const { op, person } = written as { op: string; person?: string };
  expect(fact).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    recordedAt,
    op,
    ...(person && { person }),
    ...expected,
  });
});

test('the same fact written in another order, with blanks, is the same fact; another zone does not change it', () => {
  const [one] = read(hire);
  const [other] = read('{ "from": "2026-01-01", "person":"p1", "op" : "hire", "recorded_at": "2026-03-04T09:00:00Z" }');
  expect(other).toEqual(one);
  expect(readFactFile(file, 'Asia/Tokyo')[0]?.fact.id).toBe(one?.id);
  expect(isoOf(one && 'from' in one ? one.from : 0)).toBe('2026-01-01T00:00:00.000Z');
  expect(read({ ...hire, person: 'p2' })[0]?.id).not.toBe(one?.id);
  expect(canonical({ b: [1, { d: 'x', c: null }], a: true })).toBe('{"a":true,"b":[1,{"c":null,"d":"x"}]}');
});

describe('a line is refused with its number and what is wrong:', () => {
  test.each([
    [
      'a truncated JSON line',
      '{"recorded_at": "2026-03-04T09:00:00Z", "op": "hi',
      ':2: the line is not one whole JSON object',
    ],
    ['another op', { ...hire, op: 'hired' }, ':2: op: `hired` is not known; did you mean `hire`?'],
    ['no op', { recorded_at }, ':2: op: is missing'],
    ['a list', [], ':2: must be a set of keys, but is a list'],
    ['an unknown key', { ...hire, form: 'x', from: undefined }, ':2: form: unknown key; did you mean `from`?'],
    [
      'a day that is none',
      { ...hire, from: '2026-02-30' },
      ':2: from: is neither a date nor an RFC 3339 date-time; write 2026-03-04 or 2026-03-04T09:15:00Z',
    ],
    [
      'a record time without its zone',
      { ...hire, recorded_at: '2026-03-04T09:00:00' },
      ':2: recorded_at: is not an RFC 3339 date-time; write one as 2026-03-04T09:15:00Z',
    ],
    [
      'an end before its beginning',
      { recorded_at, op: 'absence', person: 'p1', from: '2026-01-09', to: '2026-01-01' },
      ':2: `to` lies before `from`',
    ],
    [
      'a network',
      { recorded_at, op: 'office_move', office: 'lon', from: '2026-01-01', networks: ['10.0.0.0/99'] },
      ':2: networks[0]: is not a network; write one as 10.20.0.0/16 or 2001:db8::/32',
    ],
    [
      'a country',
      { recorded_at, op: 'travel', person: 'p1', country: 'usa', from: '2026-01-01', to: '2026-01-02' },
      ':2: country: is not a country; write two capital letters, as GB (ISO 3166-1)',
    ],
    ['bad UTF-8', Buffer.from([0x22, 0xff, 0x22]), ':2: the line is not UTF-8'],
    ['a NUL', Buffer.from('{"op":"hi\0re"}'), ':2: the line is not one whole JSON object'],
    ['a line of 1.2 MB', `{"op":"${'x'.repeat(1_200_000)}"}`, ':2: the line has 1200009 bytes; at most 65536 are read'],
  ])('%s', (_, line, expected) => {
    expect(() => read(hire, line, hire)).toThrow(
      expect.objectContaining({ code: 'FACT_INVALID', message: file + expected }),
    );
  });

  test('every bad line is named, up to twenty', () => {
    expect(() => read(...Array.from({ length: 25 }, () => ({})))).toThrow(/:20: .*\nand 5 more$/);
  });
});

test('empty lines, a byte order mark and a missing last line end are no mistakes', () => {
  writeFileSync(file, `\uFEFF${JSON.stringify(hire)}\r\n\n  \n${JSON.stringify({ ...hire, person: 'p2' })}`);
  expect(readFactFile(file, zone).map(({ line }) => line)).toEqual([1, 4]);
});

test('what the directory does not have is named', () => {
  const directory = writtenDirectory(`
firm: { name: F }
offices: [{ id: lon, time_zone: UTC }]
clients: [{ id: acme, name: A }]
people: [{ id: p1, name: P }]
services: [{ id: svc, job: j }]
`);
  const strangers = (fact: object) => read({ recorded_at, ...fact }).flatMap((one) => strangersOf(one, directory));
  expect(strangers({ op: 'assign', person: 'p1', client: 'acme', from: '2026-01-01' })).toEqual([]);
  expect(strangers({ op: 'assign', person: 'svc', client: 'acme', from: '2026-01-01' })).toEqual([]);
  expect(
    strangers({ op: 'cover', person: 'p8', for: 'p9', client: 'c9', from: '2026-01-01', to: '2026-01-01' }),
  ).toEqual([
    'the directory has no person `p8`',
    'the directory has no person `p9`',
    'the directory has no client `c9`',
  ]);
  expect(strangers({ op: 'unbarrier', between: ['acme', 'c9'], to: '2026-01-01' })).toEqual([
    'the directory has no client `c9`',
  ]);
  expect(strangers({ op: 'office_move', office: 'par', networks: ['10.0.0.0/8'], from: '2026-01-01' })).toEqual([
    'the directory has no office `par`',
  ]);
});
