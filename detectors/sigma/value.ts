/** One field of a Sigma detection: its modifiers and values become a test of what a record says (modifiers appendix 2.1). */
import { createNetworks, isNetwork } from '../../core/network.ts';

/** What a record says of one field; `undefined`: it has no such field. */
export type FieldTest = (value: unknown, fieldOf: (name: string) => unknown) => boolean;

const patternCharsMax = 1_000;
const text = (value: unknown): string => (typeof value === 'string' ? value : String(value));
const escaped = (literal: string): string => literal.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
};

const encodings: Readonly<Record<string, (value: string, first: boolean) => string[]>> = {
  wide: (value) => [Buffer.from(value, 'utf16le').toString('latin1')],
  utf16le: (value) => [Buffer.from(value, 'utf16le').toString('latin1')],
  utf16be: (value) => [Buffer.from(value, 'utf16le').swap16().toString('latin1')],
  utf16: (value) => [Buffer.from(`\ufeff${value}`, 'utf16le').toString('latin1')],
  base64: (value, first) => [bytesOf(value, first).toString('base64')],
  base64offset: (value, first) => [0, 1, 2].map((shift) => shifted(bytesOf(value, first), shift)),
  windash: (value) =>
    /[-/–—―]/.test(value)
      ? ['-', '/', '–', '—', '―'].map((dash) => value.replaceAll(/(?<=^|\s)[-/–—―]/g, dash))
      : [value],
};

/** What an earlier modifier made of a text is bytes; a text itself is UTF-8. */
const bytesOf = (value: string, first: boolean): Buffer => Buffer.from(value, first ? 'utf8' : 'latin1');

/** The part of the encoding that does not depend on what stands before and after. */
function shifted(bytes: Buffer, shift: number): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const start = [0, 2, 3][shift] ?? 0;
  const end = [0, 3, 2][(bytes.length + shift) % 3] ?? 0;
  return whole.slice(start, end === 0 ? undefined : -end);
}

const placed = new Set(['contains', 'startswith', 'endswith']);
const flags = new Set(['i', 'm', 's']);
const other = new Set(['all', 're', 'cased', 'cidr', 'exists', 'neq', 'fieldref']);
const modifiersKnown: readonly string[] = [
  ...placed,
  ...other,
  ...flags,
  ...Object.keys(comparisons),
  ...Object.keys(encodings),
];

/** The test, or a sentence about what is not supported. */
export function fieldTest(modifiers: readonly string[], written: unknown): FieldTest | string {
  const strange = modifiers.find((modifier) => !modifiersKnown.includes(modifier));
  if (strange !== undefined) return `the modifier \`${strange}\` is not supported`;
  if (modifiers.some((m) => flags.has(m)) && !modifiers.includes('re')) return 'i, m and s belong to `re`';
  const values: unknown[] = Array.isArray(written) ? written : [written];
  if (values.length === 0) return 'has no value';
  if (modifiers.includes('all') && values.length < 2) return '`all` needs more than one value';
  const tests: FieldTest[] = [];
  for (const value of values) {
    if (typeof value === 'object' && value !== null) return 'a value must be text, a number, true, false or null';
    const test = oneTest(modifiers, value as string | number | boolean | null);
    if (typeof test === 'string') return test;
    tests.push(test);
  }
  const whole: FieldTest = modifiers.includes('all')
    ? (value, fieldOf) => tests.every((test) => test(value, fieldOf))
    : (value, fieldOf) => tests.some((test) => test(value, fieldOf));
  return modifiers.includes('neq') ? (value, fieldOf) => !whole(value, fieldOf) : whole;
}

function oneTest(modifiers: readonly string[], value: string | number | boolean | null): FieldTest | string {
  if (modifiers.includes('exists')) {
    if (typeof value !== 'boolean') return '`exists` takes true or false';
    return (given) => (given !== undefined) === value;
  }
  const comparison = modifiers.find((modifier) => modifier in comparisons);
  if (comparison !== undefined) return comparing(comparison, value);
  if (modifiers.includes('fieldref')) return referring(modifiers, text(value));
  if (value === null) return (given) => given === undefined || given === null;
  if (modifiers.includes('cidr')) return inNetwork(text(value));
  if (modifiers.includes('re')) return regular(modifiers, text(value));
  return matching(modifiers, value);
}

function comparing(name: string, value: string | number | boolean | null): FieldTest | string {
  const compare = comparisons[name];
  if (typeof value !== 'number' || !compare) return `\`${name}\` takes a number`;
  return (given) =>
    given !== undefined && given !== '' && Number.isFinite(Number(given)) && compare(Number(given), value);
}

/** Case is left aside, unless `cased`. */
function referring(modifiers: readonly string[], name: string): FieldTest {
  const same = modifiers.includes('cased') ? text : (value: unknown) => text(value).toLowerCase();
  return (given, fieldOf) => {
    const there = fieldOf(name);
    if (given === undefined || there === undefined) return false;
    const [a, b] = [same(given), same(there)];
    if (modifiers.includes('contains')) return a.includes(b);
    if (modifiers.includes('startswith')) return a.startsWith(b);
    return modifiers.includes('endswith') ? a.endsWith(b) : a === b;
  };
}

function inNetwork(network: string): FieldTest | string {
  if (!isNetwork(network)) return `\`${network}\` is not a network`;
  const networks = createNetworks([[network, true] as const]);
  return (given) => given !== undefined && networks.match(text(given)) === true;
}

/** The specification's flavour alone: what else PCRE has would be read differently here, or take for ever. */
function regular(modifiers: readonly string[], pattern: string): FieldTest | string {
  if (pattern.length > patternCharsMax) return `a regular expression has at most ${patternCharsMax} characters`;
  if (/\(\?(?!:)|\\[1-9AZzGQEKRpPX]|[*+?}]\+/.test(pattern))
    return 'the regular expression uses what the specification leaves out (look-around, back references, possessive)';
  if (/\([^()]*[*+][^()]*\)[*+{]/.test(pattern)) return 'a repeated group with a repeat in it could take for ever';
  try {
    const expression = new RegExp(pattern, modifiers.filter((modifier) => flags.has(modifier)).join(''));
    return (given) => given !== undefined && expression.test(text(given));
  } catch {
    return `\`${pattern}\` is not a regular expression`;
  }
}

function matching(modifiers: readonly string[], value: string | number | boolean): FieldTest {
  const chain = modifiers.filter((modifier) => modifier in encodings);
  const made = chain.reduce<string[]>(
    (all, name, i) => all.flatMap((one) => encodings[name]?.(one, i === 0) ?? []),
    [text(value)],
  );
  const wild = typeof value === 'string' && chain.every((name) => name === 'windash');
  const before = modifiers.includes('contains') || modifiers.includes('endswith') ? '' : '^';
  const after = modifiers.includes('contains') || modifiers.includes('startswith') ? '' : '$';
  const flag = modifiers.includes('cased') || chain.some((name) => name.startsWith('base64')) ? 's' : 'is';
  const tests = made.map((one) => new RegExp(`${before}${wild ? wildcards(one) : escaped(one)}${after}`, flag));
  return (given) => given !== undefined && given !== null && tests.some((test) => test.test(text(given)));
}

/** `*` and `?` stand for anything and for one character; a backslash before one of them, or before such a backslash, escapes it. */
function wildcards(value: string): string {
  let pattern = '';
  for (let i = 0; i < value.length; i += 1) {
    const [char = '', next = ''] = [value[i], value[i + 1]];
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      pattern += escaped(next);
      i += 1;
    } else pattern += char === '*' ? '.*' : char === '?' ? '.' : escaped(char);
  }
  return pattern;
}
