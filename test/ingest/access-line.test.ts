import { expect, test } from '@jest/globals';
import { accessLine } from '../../ingest/access-line.ts';
import type { Unsealed } from '../../ingest/attribute.ts';
import { unsealed } from '../helpers/unsealed.ts';

const access = unsealed({
  action: 'rename',
  account: 'HARTWELL\\achan',
  object_to: '/srv/clients/acme/b.txt',
  country: 'GB',
  app: 'smbd',
  session: '77',
  bytes: 12,
  rows: 0,
  reason: 'INC-7',
});

const generic = (one: Unsealed) => JSON.stringify({ ...one, collector: 'fs1', seq: 3, index: 9 });

test('the line is what JSON.stringify gives', () => {
  expect(accessLine(access, 'fs1', 3, 9)).toBe(generic(access));
});

test.each([
  ['a quote', 'a "b" c'],
  ['a backslash', 'D:\\x'],
  ['a tab and a line end', 'a\tb\nc'],
  ['NUL', 'a\0b'],
  ['an emoji', 'draft 📎.docx'],
  ['a line separator', 'a\u2028b'],
  ['text beyond ASCII', 'Präsentation 草稿'],
  ['nothing', ''],
])('%s in free text is written as JSON.stringify writes it', (_, object) => {
  const one = { ...access, object, account: object, app: object };
  expect(accessLine(one, 'fs1', 3, 9)).toBe(generic(one));
});

test('half a surrogate pair, which no store of text takes, is written as U+FFFD', () => {
  const written = (object: string) => JSON.parse(accessLine({ ...access, object }, 'fs1', 3, 9)).object;
  expect(written('a\ud800b')).toBe('a\ufffdb');
  expect(written('a\udc00')).toBe('a\ufffd');
  expect(written('\ud83d\ud83d\udcce')).toBe('\ufffd📎');
});

test('what is unknown is absent', () => {
  const one = { ...access, actor: undefined, ip: undefined, bytes: undefined, rows: undefined, reason: undefined };
  const line = accessLine(one, 'fs1', 3, 9);
  expect(line).toBe(generic(one));
  expect(line).not.toContain('undefined');
});
