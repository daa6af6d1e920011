import { expect, test } from '@jest/globals';
import type { ReadingField } from '../../../../../dashboards/server/api.ts';
import { segments } from '../../../../../dashboards/web/src/client/segments.ts';

const field = (name: string, value: string, from: ReadingField['from'] = 'record') => ({
  name,
  label: name,
  value,
  from,
});
const marked = (raw: string, ...reading: ReadingField[]) =>
  segments(raw, reading).map(({ text, field: of }) => (of ? `<${of.name}:${text}>` : text));

test('a value is marked where it stands', () => {
  expect(marked('x|achan|10.0.0.1|y', field('account', 'achan'), field('ip', '10.0.0.1'))).toEqual([
    'x|',
    '<account:achan>',
    '|',
    '<ip:10.0.0.1>',
    '|y',
  ]);
});

test('a value inside a longer one does not take its place', () => {
  expect(marked('/srv/achan/a.txt achan', field('account', 'achan'), field('object', '/srv/achan/a.txt'))).toEqual([
    '<object:/srv/achan/a.txt>',
    ' ',
    '<account:achan>',
  ]);
});

test('JSON doubles a backslash', () => {
  expect(marked('{"u":"HL\\\\achan"}', field('account', 'HL\\achan'))).toEqual([
    '{"u":"',
    '<account:HL\\\\achan>',
    '"}',
  ]);
});

test('what the record did not say is not looked for in it', () => {
  expect(marked('person acme', field('tenant', 'acme', 'directory'))).toEqual(['person acme']);
});

test('nothing of the record is lost', () => {
  const raw = 'a b c a b c achan';
  expect(
    segments(raw, [field('a', 'b c'), field('b', 'achan')])
      .map(({ text }) => text)
      .join(''),
  ).toBe(raw);
});

test('our own words for it are not marked', () => {
  expect(marked('read|file', field('action', 'read'), field('object_kind', 'file'))).toEqual(['read|file']);
});
