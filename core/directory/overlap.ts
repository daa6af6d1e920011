/** Whether two globs can match the same path, and one such path as a witness. */
import { alternatives, namesOf } from './glob.ts';

/** Two lists of signs of which `star` stands for any number of others: one list that both describe, or undefined. */
function meet(
  a: readonly string[],
  b: readonly string[],
  how: { star: string; both: (x: string, y: string) => string | undefined; one: (x: string) => string },
): { said: string[]; touched: boolean } | undefined {
  const seen = new Set<number>();
  // `touched`: some place was described by both, neither by a star alone.
  const from = (i: number, j: number, touched: boolean): { said: string[]; touched: boolean } | undefined => {
    const key = (i * (b.length + 1) + j) * 2 + (touched ? 1 : 0);
    if (seen.has(key)) return undefined;
    seen.add(key);
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return touched ? { said: [], touched } : undefined;
    const then = (said: string, rest: { said: string[]; touched: boolean } | undefined) =>
      rest && { said: [said, ...rest.said], touched: rest.touched };
    if (x !== how.star && y !== how.star) {
      const both = x === undefined || y === undefined ? undefined : how.both(x, y);
      return both === undefined ? undefined : then(both, from(i + 1, j + 1, true));
    }
    if (x === how.star) {
      return from(i + 1, j, touched) ?? (y === undefined ? undefined : swallow(y, () => from(i, j + 1, touched)));
    }
    return from(i, j + 1, touched) ?? (x === undefined ? undefined : swallow(x, () => from(i + 1, j, touched)));
  };
  const swallow = (other: string, rest: () => { said: string[]; touched: boolean } | undefined) => {
    const after = rest();
    return after && (other === how.star ? after : { said: [how.one(other), ...after.said], touched: after.touched });
  };
  return from(0, 0, false);
}

const charOf = (sign: string): string => (sign === '?' ? 'x' : sign);

/** A name that both describe. */
function nameOfBoth(x: string, y: string): string | undefined {
  if (x === y && !/[*?]/.test(x)) return x;
  const [headX = '', headY = ''] = [/^[^*?]*/.exec(x)?.[0], /^[^*?]*/.exec(y)?.[0]];
  if (headX === x && headY === y) return undefined;
  if (!headX.startsWith(headY) && !headY.startsWith(headX)) return undefined;
  // A sign before both makes stars alone count as touching: of names, unlike of paths, any agreement will do.
  const met = meet(['/', ...x], ['/', ...y], {
    star: '*',
    both: (p, q) => (p === q || q === '?' ? charOf(p) : p === '?' ? charOf(q) : undefined),
    one: charOf,
  });
  return met && (met.said.slice(1).join('') || 'x');
}

const exampleOf = (name: string): string => name.replaceAll('?', 'x').replaceAll(/\*+/g, '') || 'x';

/** A glob taken apart once, since each is held against many: the names of each of its alternatives. */
export type GlobParts = readonly (readonly string[])[];

export const partsOf = (glob: string, caseless: boolean): GlobParts =>
  alternatives(glob).map((one) => namesOf(one, caseless));

/**
 * A path that both globs match, or undefined. Two clients' folders that could only lie one inside the other
 * (`Clients/A/Clients/B`, which any two patterns that begin with `**` allow) do not count as overlapping.
 */
export function overlapOf(a: GlobParts, b: GlobParts): string | undefined {
  for (const one of a) {
    for (const other of b) {
      if ([one, other].some((names) => names.every((name) => name === '**'))) {
        const said = [...one, ...other].filter((name) => name !== '**');
        return said.map(exampleOf).join('/') || 'x';
      }
      const met = meet(one, other, { star: '**', both: nameOfBoth, one: exampleOf });
      if (met) return met.said.join('/');
    }
  }
  return undefined;
}
