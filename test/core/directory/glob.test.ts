import { describe, expect, test } from '@jest/globals';
import picomatch from 'picomatch';
import { alternatives, createGlobIndex } from '../../../core/directory/glob.ts';

const indexOf = (patterns: readonly string[], caseless = false) => {
  const index = createGlobIndex(
    patterns.map((pattern) => [pattern, pattern] as const),
    { caseless, conclude: (values) => [...values].sort() },
  );
  return (path: string) => index.match(path);
};

/** Small numbers from a seed, so that a failure can be repeated. */
function numbers(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** In picomatch `a/**` matches the folder a, but the same after a name with a star does not; here it always does. */
function oracleOf(pattern: string): (path: string) => boolean {
  const forms = [pattern];
  while (forms.at(-1)?.endsWith('/**')) forms.push((forms.at(-1) ?? '').slice(0, -3));
  const matchers = forms.map((form) => picomatch(form, { dot: true }));
  return (path) => matchers.some((matches) => matches(path));
}

test('1,000 sets of patterns and 20,000 paths match exactly as in picomatch', () => {
  const next = numbers(7);
  const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T;
  const names = ['a', 'b', 'ab', 'abc', '.a', 'a b'];
  const signs = [...names, '*', '**', '**', 'a*', '*b', '?b', 'a*c', '*a*', '?', '{a,ab}'];
  const path = (from: readonly string[]) => Array.from({ length: 1 + next(5) }, () => pick(from)).join('/');
  for (let round = 0; round < 1_000; round += 1) {
    const patterns = [...new Set(Array.from({ length: 1 + next(5) }, () => path(signs)))];
    const match = indexOf(patterns);
    const oracles = patterns.map((pattern) => [pattern, oracleOf(pattern)] as const);
    for (let i = 0; i < 20; i += 1) {
      const one = path(names);
      const expected = oracles.filter(([, matches]) => matches(one)).map(([pattern]) => pattern);
      expect({ patterns, path: one, matched: match(one) }).toEqual({ patterns, path: one, matched: expected.sort() });
    }
  }
});

describe('a client folder', () => {
  const match = indexOf(['**/Clients/19121 */**', '**/Clients/51623 */**'], true);
  const tern = ['**/Clients/19121 */**'];

  test.each([
    'D:\\Clients\\19121 Tern Motors\\Final\\a.txt',
    'd:/clients/19121 tern motors/a.txt',
    'D:\\Clients\\19121 Tern Motors',
    'D:\\Clients\\19121 Tern Motors\\',
    '\\\\FS3\\Share\\Clients\\19121 Tern Motors\\x',
    '\\??\\D:\\Clients\\19121 Tern Motors\\x',
  ])('holds %s', (path) => expect(match(path)).toEqual(tern));

  test.each(['D:\\Clients', 'D:\\Clients\\191210 Other\\x', 'D:\\Clients\\19121', 'D:\\Client\\19121 Tern\\x', ''])(
    'does not hold %s',
    (path) => expect(match(path)).toEqual([]),
  );

  test('and its neighbour are told apart after the folder above them was remembered', () => {
    expect(match('D:\\Clients\\19121 Tern')).toEqual(tern);
    expect(match('D:\\Clients\\51623 Meridian')).toEqual(['**/Clients/51623 */**']);
    expect(match('D:\\Clients\\60000 Nobody')).toEqual([]);
  });
});

test('a name typed by a Mac (NFD) and the same name in the directory (NFC) are one', () => {
  expect(indexOf(['/srv/M\u00fcller/**'])('/srv/Mu\u0308ller/a')).toEqual(['/srv/M\u00fcller/**']);
});

test('a path that steps up with `..` is taken for what it says and for where it leads', () => {
  const match = indexOf(['/srv/acme/**', '/srv/globex/**']);
  expect(match('/srv/acme/../globex/a')).toEqual(['/srv/acme/**', '/srv/globex/**']);
  expect(match('/srv/acme/a\\..\\..\\none')).toEqual(['/srv/acme/**']);
});

test('brackets and brackets alone are names; braces with a comma are alternatives', () => {
  expect(indexOf(['/srv/acme [old] (1)/**'])('/srv/acme [old] (1)/a')).toHaveLength(1);
  expect(alternatives('/{a,b}/{c}/{d,e}')).toEqual(['/a/{c}/d', '/a/{c}/e', '/b/{c}/d', '/b/{c}/e']);
  expect(alternatives(`${'{a,b}'.repeat(40)}`).length).toBeLessThanOrEqual(256);
});

test('a pattern made to be slow is not', () => {
  const match = indexOf([`/${'*a'.repeat(200)}b`]);
  const before = process.cpuUsage();
  expect(match(`/${'a'.repeat(20_000)}`)).toEqual([]);
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
});
