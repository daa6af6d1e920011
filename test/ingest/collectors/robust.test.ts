/** What holds for every collector, whatever a record looks like. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { isFault } from '../../../core/errors.ts';
import { type CollectorSettings, decode, noSettings, read, Unreadable } from '../../../ingest/collector.ts';
import { collectors } from '../../../ingest/collectors/index.ts';
import { m365 } from '../../../ingest/collectors/m365.ts';
import { openZone } from '../../../ingest/collectors/parts/zone.ts';
import { pgaudit } from '../../../ingest/collectors/pgaudit.ts';
import { samba } from '../../../ingest/collectors/samba.ts';
import { windowsSecurity } from '../../../ingest/collectors/windows-security.ts';

const seenAt = Date.UTC(2026, 2, 4, 20);

/** Each collector with the first record of its examples, which is a plain one. */
const plain = [
  { ...m365, file: 'm365/operations.log' },
  { ...pgaudit, file: 'pgaudit/commands.log' },
  { ...samba, file: 'samba/operations.log' },
  { ...windowsSecurity, file: 'windows-security/events.log' },
];

const firstLine = (file: string) => {
  const bytes = readFileSync(new URL(file, import.meta.url));
  return bytes.subarray(0, bytes.indexOf(10));
};

describe.each(plain)('$name', ({ open, file }) => {
  const parser = open(noSettings);
  const line = firstLine(file);

  test('reads its plain record', () => expect(read(parser, line, seenAt)).toMatchObject({ outcome: 'success' }));

  test('a record cut anywhere in its first half is unreadable', () => {
    for (let bytes = 0; bytes <= line.length / 2; bytes += 1) {
      expect([bytes, read(parser, line.subarray(0, bytes), seenAt)]).toEqual([bytes, expect.any(Unreadable)]);
    }
  });

  test('the beginning of a record glued to a whole one is unreadable', () => {
    for (let bytes = 1; bytes < line.length; bytes += 1) {
      const glued = Buffer.concat([line.subarray(0, bytes), line]);
      expect([bytes, read(parser, glued, seenAt)]).toEqual([bytes, expect.any(Unreadable)]);
    }
  });

  test('a NUL or a byte that is not UTF-8 anywhere makes it unreadable', () => {
    for (let at = 0; at <= line.length; at += 7) {
      for (const bad of [[0], [0xff, 0xfe, 0xc3, 0x28]]) {
        const broken = Buffer.concat([line.subarray(0, at), Buffer.from(bad), line.subarray(at)]);
        expect(read(parser, broken, seenAt)).toBeInstanceOf(Unreadable);
      }
    }
  });

  test('1.2 MB of nothing is unreadable', () => {
    const huge = Buffer.concat([line.subarray(0, 60), Buffer.alloc(1_200_000, 65)]);
    expect(read(parser, huge, seenAt)).toBeInstanceOf(Unreadable);
  });

  test('any byte replaced never throws, and a reason holds nothing of the record', () => {
    for (let at = 0; at < line.length; at += 1) {
      for (const byte of [34, 44, 123, 124, 58, 92, 200]) {
        const changed = Buffer.from(line);
        changed[at] = byte;
        const parsed = read(parser, changed, seenAt);
        if (parsed instanceof Unreadable) expect(parsed.reason).not.toMatch(/acme|10\.20|203\.0|chan/i);
      }
    }
  });
});

test('every collector has examples in the folder of its name', () => {
  const folders = readdirSync(new URL('./', import.meta.url), { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'parts',
  );
  expect(folders.map(({ name }) => name).sort()).toEqual(collectors.map(({ name }) => name).sort());
});

const unusable: readonly { name: string; settings: Partial<CollectorSettings>; why: string }[] = [
  { name: 'pgaudit', settings: { timeZone: 'Europe/Londn' }, why: 'time_zone is not an IANA zone' },
  { name: 'samba', settings: { timeZone: 'local' }, why: 'time_zone is not an IANA zone' },
  { name: 'samba', settings: { prefix: '%u%I' }, why: 'something between its macros' },
  { name: 'samba', settings: { prefix: 'audit' }, why: 'something between its macros' },
  { name: 'pgaudit', settings: { logLinePrefix: '[%p] ' }, why: 'a record has no time' },
  { name: 'pgaudit', settings: { logLinePrefix: '%m %y ' }, why: '%y is no escape' },
  { name: 'pgaudit', settings: { logLinePrefix: '%m %u%d ' }, why: 'side by side' },
];

test.each(unusable)('$name refuses settings: $why', ({ name, settings, why }) => {
  const collector = collectors.find((one) => one.name === name);
  const open = () => collector?.open({ ...noSettings, ...settings });
  expect(open).toThrow(why);
  try {
    open();
  } catch (error) {
    expect(isFault(error, 'CONFIG_INVALID')).toBe(true);
  }
});

test.each([
  ['a byte order mark goes', Buffer.from('\ufeffé'), 'é'],
  ['ASCII stays', Buffer.from('abc\r'), 'abc\r'],
  ['UTF-8 is decoded', Buffer.from('Zoë'), 'Zoë'],
])('decode: %s', (_, raw, text) => expect(decode(raw)).toBe(text));

test.each([
  ['nothing', ''],
  ['spaces', ' \t '],
  ['a carriage return', '\r'],
])('decode: %s is blank', (_, text) => {
  expect(decode(Buffer.from(text))).toEqual(new Unreadable('the record is blank'));
});

describe('a zone', () => {
  const london = openZone('Europe/London');
  const at = (iso: string) => Date.parse(`${iso}:00Z`);

  test.each([
    ['in winter', '2026-01-10T09:00', '2026-01-10T09:00'],
    ['in summer', '2026-07-10T09:00', '2026-07-10T08:00'],
    ['just before the clocks go forward', '2026-03-29T00:59', '2026-03-29T00:59'],
    ['just after', '2026-03-29T02:00', '2026-03-29T01:00'],
    ['in the hour that is skipped', '2026-03-29T01:30', '2026-03-29T01:30'],
    ['just before the clocks go back', '2026-10-25T00:59', '2026-10-24T23:59'],
    ['just after', '2026-10-25T02:00', '2026-10-25T02:00'],
  ])('%s', (_, local, utc) => expect(london.toUtc(at(local), at('2027-01-01T00:00'))).toBe(at(utc)));

  test('in the hour that comes twice, the latest that can already have been', () => {
    const local = at('2026-10-25T01:30');
    expect(london.toUtc(local, at('2026-10-25T00:31'))).toBe(at('2026-10-25T00:30'));
    expect(london.toUtc(local, at('2026-10-25T01:31'))).toBe(at('2026-10-25T01:30'));
  });
});
