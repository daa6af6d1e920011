/**
 * Many globs asked at once. `**` stands for any folders, also none; `*` and `?` for what is within one name;
 * `{a,b}` for either; everything else, brackets too, for itself, since clients' folders are called such things.
 * `x/**` matches the folder x too. Else it matches as picomatch does with `dot: true` (a test holds the two together),
 * but costs the same for 3,000 patterns as for three: they are one tree of names, walked once a folder, and what a
 * folder led to is remembered.
 */
import { createTextCache } from '../text-cache.ts';

const foldersMax = 65_536;
const alternativesMax = 256;

export interface GlobIndex<R> {
  /** What `conclude` made of the values of all patterns that match this path; `/` and `\` alike. */
  match(path: string): R;
}

interface Node<T> {
  readonly literal: Map<string, Node<T>>;
  /** Names with `*` or `?`, by their length before that and then by what stands there. */
  readonly wild: Map<number, Map<string, Wild<T>[]>>;
  /** Reached through `**`: stays where it is whatever comes. */
  readonly loops: boolean;
  folders: Node<T> | undefined;
  readonly accepts: Set<T>;
}

interface Wild<T> {
  readonly text: string;
  readonly matches: (name: string) => boolean;
  readonly node: Node<T>;
}

/** Where the names of a folder led. */
interface Folder<T, R> {
  readonly nodes: readonly Node<T>[];
  /** What holds for everything in the folder, when its entries' own names cannot matter any more. */
  readonly settled: R | undefined;
}

const nodeOf = <T>(loops: boolean): Node<T> => ({
  literal: new Map(),
  wild: new Map(),
  loops,
  folders: undefined,
  accepts: new Set(),
});

export function createGlobIndex<T, R extends object>(
  patterns: Iterable<readonly [pattern: string, value: T]>,
  options: { readonly caseless: boolean; readonly conclude: (values: ReadonlySet<T>) => R },
): GlobIndex<R> {
  const { caseless, conclude } = options;
  const root = nodeOf<T>(false);
  for (const [pattern, value] of patterns) {
    for (const one of alternatives(pattern)) plant(root, namesOf(one, caseless), value);
  }
  const start = closed([root]);
  const cache = createTextCache<Folder<T, R>>(foldersMax);

  function enter(path: string): Folder<T, R> {
    const names = namesOf(path, caseless);
    let nodes = walk(start, names);
    // A `..` is a step up, or part of a name that holds a `\\` where that is allowed: then both readings count.
    if (names.includes('..')) nodes = closed([...nodes, ...walk(start, resolved(names))]);
    return { nodes, settled: isSettled(nodes) ? conclude(accepted(nodes.filter(({ loops }) => loops))) : undefined };
  }

  return {
    match(path) {
      const slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
      const name = path.slice(slash + 1);
      // A name that is none (a trailing slash, `.`, `..`) says nothing of its own: the path is walked whole.
      if (name === '' || name === '.' || name === '..') return conclude(accepted(enter(path).nodes));
      const above = slash < 0 ? '' : path.slice(0, slash);
      let folder = cache.get(above);
      if (folder === undefined) {
        folder = enter(above);
        cache.set(above, folder);
      }
      return folder.settled ?? conclude(accepted(step(folder.nodes, fold(name, caseless))));
    },
  };
}

/** One Unicode form, so that a name written by a Mac and one typed into the directory are the same name. */
const fold = (text: string, caseless: boolean): string => {
  const one = text.normalize('NFC');
  return caseless ? one.toLowerCase() : one;
};

/** The names of a path, empty ones and `.` dropped. */
export const namesOf = (path: string, caseless: boolean): string[] =>
  fold(path, caseless)
    .split(/[/\\]/)
    .filter((name) => name !== '' && name !== '.');

function resolved(names: readonly string[]): string[] {
  const left: string[] = [];
  for (const name of names) {
    if (name === '..') left.pop();
    else left.push(name);
  }
  return left;
}

/** `{a,b}` written out. Braces without a comma are names like any other. */
export function alternatives(pattern: string): string[] {
  let done: string[] = [pattern];
  for (;;) {
    const next = done.flatMap((one) => {
      const group = /\{([^{}]*,[^{}]*)\}/.exec(one);
      if (!group) return [one];
      const [whole, inside = ''] = group;
      const before = one.slice(0, group.index);
      const after = one.slice(group.index + whole.length);
      return inside.split(',').map((part) => before + part + after);
    });
    if (next.length === done.length || next.length > alternativesMax) return next.slice(0, alternativesMax);
    done = next;
  }
}

function plant<T>(root: Node<T>, names: readonly string[], value: T): void {
  let node = root;
  for (const name of names) node = name === '**' ? foldersOf(node) : childOf(node, name);
  node.accepts.add(value);
}

function foldersOf<T>(node: Node<T>): Node<T> {
  if (node.loops) return node;
  node.folders ??= nodeOf(true);
  return node.folders;
}

function childOf<T>(node: Node<T>, name: string): Node<T> {
  const plain = name.search(/[*?]/);
  if (plain < 0) {
    const child = node.literal.get(name) ?? nodeOf<T>(false);
    node.literal.set(name, child);
    return child;
  }
  const byText = node.wild.get(plain) ?? new Map<string, Wild<T>[]>();
  node.wild.set(plain, byText);
  const siblings = byText.get(name.slice(0, plain)) ?? [];
  byText.set(name.slice(0, plain), siblings);
  let wild = siblings.find(({ text }) => text === name);
  if (!wild) {
    wild = { text: name, matches: nameMatcher(name), node: nodeOf(false) };
    siblings.push(wild);
  }
  return wild.node;
}

/** Whether a name matches one with `*` and `?`. Nested repeats are avoided, so no name can make it slow. */
function nameMatcher(pattern: string): (name: string) => boolean {
  const only = /^([^*?]*)\*([^*?]*)$/.exec(pattern);
  if (only) {
    const [, head = '', tail = ''] = only;
    return (name) => name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
  }
  return (name) => nameMatches(pattern, name);
}

/** The greedy match with one point of return (a `*` never needs an earlier one): at most pattern × name steps. */
function nameMatches(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let starAt = -1;
  let starName = 0;
  while (n < name.length) {
    const sign = pattern[p];
    if (sign === '*') {
      starAt = p;
      starName = n;
      p += 1;
    } else if (sign === '?' || sign === name[n]) {
      p += 1;
      n += 1;
    } else if (starAt >= 0) {
      p = starAt + 1;
      starName += 1;
      n = starName;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** A node stands also for its `**`, which may be no folder at all. */
function closed<T>(nodes: readonly Node<T>[]): Node<T>[] {
  const all: Node<T>[] = [];
  for (const node of nodes) {
    if (!all.includes(node)) all.push(node);
    if (node.folders && !all.includes(node.folders)) all.push(node.folders);
  }
  return all;
}

function walk<T>(nodes: readonly Node<T>[], names: readonly string[]): readonly Node<T>[] {
  let here = nodes;
  for (const name of names) here = step(here, name);
  return here;
}

function step<T>(nodes: readonly Node<T>[], name: string): Node<T>[] {
  const next: Node<T>[] = [];
  for (const node of nodes) {
    if (node.loops) next.push(node);
    const child = node.literal.get(name);
    if (child) next.push(child);
    for (const [length, byText] of node.wild) {
      for (const wild of byText.get(name.slice(0, length)) ?? []) {
        if (wild.matches(name)) next.push(wild.node);
      }
    }
  }
  return closed(next);
}

function accepted<T>(nodes: readonly Node<T>[]): ReadonlySet<T> {
  const values = new Set<T>();
  for (const node of nodes) for (const value of node.accepts) values.add(value);
  return values;
}

/** True when one more name, whatever it is, changes nothing of what is accepted. */
function isSettled<T>(nodes: readonly Node<T>[]): boolean {
  const now = accepted(nodes.filter(({ loops }) => loops));
  const adds = (node: Node<T>) => [...accepted(closed([node]))].some((value) => !now.has(value));
  return !nodes.some(
    ({ literal, wild }) =>
      [...literal.values()].some(adds) ||
      [...wild.values()].some((byText) => [...byText.values()].flat().some((one) => adds(one.node))),
  );
}
