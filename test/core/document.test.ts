import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { checked, parseText, readDocument } from '../../core/document.ts';
import { nearest } from '../../core/nearest.ts';

const schema = z.strictObject({
  listen: z.strictObject({ host: z.string(), port: z.int() }),
  kind: z.enum(['local', 'kafka']).optional(),
  tail: z.union([z.string(), z.array(z.string())]).optional(),
  list: z.array(z.strictObject({ name: z.string() })).optional(),
});
const complaintsOf = (text: string): string[] => {
  try {
    checked(parseText(text, 'f.yaml', 'CONFIG_INVALID'), schema, 'CONFIG_INVALID');
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

describe('a complaint', () => {
  test.each([
    [
      'an unknown key names the nearest one',
      'listen: { host: a, prot: 1 }',
      ['f.yaml:1:20: listen.prot: unknown key; did you mean `port`?'],
    ],
    [
      'an unknown key that resembles none names those there are',
      'listen: { host: a, port: 1 }\nzebra: 1',
      ['f.yaml:2:1: zebra: unknown key; known here: listen, kind, tail, list'],
    ],
    [
      'a wrong type is said in plain words',
      'listen: { host: 10, port: 1 }',
      ['f.yaml:1:17: listen.host: must be text, but is a number'],
    ],
    ['a missing key stands where it is missed', 'listen:\n  host: a', ['f.yaml:2:3: listen.port: is missing']],
    [
      'a wrong word names the nearest',
      'listen: { host: a, port: 1 }\nkind: kafak',
      ['f.yaml:2:7: kind: `kafak` is not known; did you mean `kafka`?'],
    ],
    [
      'either of two shapes says both',
      'listen: { host: a, port: 1 }\ntail: 1',
      ['f.yaml:2:7: tail: must be text, but is a number, or must be a list, but is a number'],
    ],
    [
      'a place in a list is counted from 0',
      'listen: { host: a, port: 1 }\nlist:\n  - name: a\n  - nmae: b',
      ['f.yaml:4:5: list[1].nmae: unknown key; did you mean `name`?'],
    ],
    ['a key twice is an error', 'listen: { host: a, port: 1 }\nlisten: {}', ['f.yaml:2:1: map keys must be unique']],
    [
      'JSON is read as well',
      '{"listen": {"host": "a", "port": "x"}}',
      ['f.yaml:1:34: listen.port: must be a number, but is text'],
    ],
    ['an empty file is no set of keys', '', ['f.yaml:1:1: must be a set of keys, but is empty']],
  ])('%s', (_, text, expected) => expect(complaintsOf(text)).toEqual(expected));

  test('is one of twenty at most, and the rest are counted', () => {
    const text = `listen: { host: a, port: 1 }\n${Array.from({ length: 30 }, (__, i) => `zz${i}: 1`).join('\n')}`;
    const complaints = complaintsOf(text);
    expect(complaints).toHaveLength(21);
    expect(complaints[20]).toBe('and 10 more');
  });

  test('points into an alias where it was written first', () => {
    const text = 'list:\n  - &one { name: 1 }\n  - *one\nlisten: { host: a, port: 1 }';
    expect(complaintsOf(text)[0]).toBe('f.yaml:2:18: list[0].name: must be text, but is a number');
  });
});

describe('a file is refused when it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-document-'));
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  test.each([
    ['is not there', () => join(folder, 'none'), 'there is no such file'],
    ['is a folder', () => folder, 'this is a folder, not a file'],
    ['is not UTF-8', () => file('latin1', Buffer.from([0x61, 0xe9, 0x0a])), 'the file is not UTF-8 text'],
    ['is too large', () => file('large', Buffer.alloc(64 * 1024 * 1024 + 1, 32)), 'more than 67108864 bytes'],
    ['never ends', () => '/dev/zero', 'more than 67108864 bytes'],
    ['is nested without end', () => file('deep', '['.repeat(100_000)), 'nested too deeply'],
    [
      'unfolds without end',
      () =>
        file(
          'bomb',
          `a: &a [x]\n${'bcdefghi'.replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
        ),
      'repeats itself too often',
    ],
  ])('%s', (_, make, why) => {
    expect(() => readDocument(make(), 'CONFIG_INVALID')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(why) }),
    );
  });
});

test.each([
  ['brockers', ['brokers', 'ssl'], 'brokers'],
  ['password', ['password_file', 'user'], 'password_file'],
  ['timezone', ['time_zone', 'team'], 'time_zone'],
  ['tial', ['tail', 'time_zone'], 'tail'],
  ['x', ['tail', 'to'], undefined],
  ['y'.repeat(1_000), ['tail'], undefined],
])('nearest to %s of %j is %s', (word, known, expected) => expect(nearest(word, known)).toBe(expected));
