/**
 * Contents that went from one client into another. Only a keyed fingerprint of a name leaves its client, and only for
 * as long as the day is open; nothing of it is stored.
 */
import type { Moved } from '../../core/firm-signs.ts';
import type { JudgedAccess, Ref } from '../../core/scene.ts';
import { unattributed } from '../../core/types.ts';

/** Keyed, so that a fingerprint cannot be looked up in a list of likely names. */
export type Fingerprint = (text: string) => string;

export interface Mark {
  readonly tenant: string;
  /** Of the name, and of the size where the source tells it. */
  readonly print: string;
  readonly size: string | undefined;
  /** Too large for another content to be as large by chance. */
  readonly large: boolean;
  readonly written: boolean;
  readonly ref: Ref;
}

const withinMs = 10 * 60_000;
const largeBytes = 16_384;
/** Read here, written there, read here, written there: so often in turns, and no longer between. */
const turnsMin = 4;
const turnMs = 2 * 60_000;
const readActions = new Set(['read', 'download', 'copy', 'export']);
const writeActions = new Set(['write', 'create', 'copy']);

interface OfClient {
  readonly tenant: string;
  readonly accesses: readonly JudgedAccess[];
}

/** Only where there is more than one client, and something written, can something go from one to another. */
export function marksAmong(cells: readonly OfClient[], fingerprint: Fingerprint): Mark[] {
  const clients = cells.filter(({ tenant }) => tenant !== unattributed);
  const written = clients.some(({ accesses }) => accesses.some(({ action }) => writeActions.has(action)));
  return clients.length < 2 || !written ? [] : clients.flatMap((client) => marksOf(client, fingerprint));
}

/** Of one client's accesses: those that read or wrote a content. */
function marksOf({ tenant, accesses }: OfClient, fingerprint: Fingerprint): Mark[] {
  const marks: Mark[] = [];
  for (const access of accesses) {
    const { action, object, outcome, bytes } = access;
    if (object === undefined || outcome !== 'success' || access.class === 'database') continue;
    const written = writeActions.has(action);
    if (!written && !readActions.has(action)) continue;
    const print = fingerprint(nameOf(object));
    marks.push({
      tenant,
      print,
      size: bytes === undefined ? undefined : fingerprint(`${bytes}`),
      large: (bytes ?? 0) >= largeBytes,
      written,
      ref: access,
    });
  }
  return marks;
}

const nameOf = (object: string): string =>
  object.slice(Math.max(object.lastIndexOf('/'), object.lastIndexOf('\\')) + 1);

/** Read in one client and, within minutes, written in another: of one name, of one size, or in turns whatever the names. */
export function movedAmong(marks: readonly Mark[]): Moved[] {
  const inOrder = [...marks].sort((a, b) => a.ref.at - b.ref.at || (a.ref.id < b.ref.id ? -1 : 1));
  const byName = new Map<string, Map<string, Mark>>();
  const bySize = new Map<string, Map<string, Mark>>();
  const pairs: Pairs = new Map();
  for (const mark of inOrder) {
    const { tenant, print, size } = mark;
    const named = byName.get(print) ?? new Map<string, Mark>();
    const sized = size === undefined ? undefined : (bySize.get(size) ?? new Map<string, Mark>());
    if (mark.written) {
      // A name, or a size, that was in the second client before says nothing.
      const source = named.has(tenant) ? undefined : sourceOf(mark, named);
      const alike = source || !mark.large || sized?.has(tenant) ? undefined : sourceOf(mark, sized);
      if (source) add(pairs, 'name', source, mark);
      else if (alike) add(pairs, 'size', alike, mark);
    } else {
      byName.set(print, named.set(tenant, mark));
      if (size !== undefined && sized) bySize.set(size, sized.set(tenant, mark));
    }
  }
  addTurns(inOrder, pairs);
  return [...pairs.values()].map(({ from, to, by, prints, refs }) => ({ from, to, by, objects: prints.size, refs }));
}

interface Pair {
  readonly from: string;
  readonly to: string;
  readonly by: Moved['by'];
  readonly prints: Set<string>;
  readonly refs: Ref[];
}
type Pairs = Map<string, Pair>;

/** The earliest in the order in which clients were read. */
const sourceOf = (mark: Mark, reads: ReadonlyMap<string, Mark> | undefined): Mark | undefined =>
  [...(reads?.values() ?? [])].find((read) => read.tenant !== mark.tenant && canBe(read, mark));

/** Sizes that are both known and differ are two contents of one name. */
const canBe = (read: Mark, write: Mark): boolean =>
  write.ref.at - read.ref.at <= withinMs &&
  (read.size === undefined || write.size === undefined || read.size === write.size);

function add(pairs: Pairs, by: Moved['by'], source: Mark, target: Mark): void {
  const key = `${source.tenant} ${target.tenant} ${by}`;
  const { tenant: from } = source;
  const pair = pairs.get(key) ?? { from, to: target.tenant, by, prints: new Set<string>(), refs: [] };
  pair.prints.add(target.print);
  pair.refs.push(source.ref, target.ref);
  pairs.set(key, pair);
}

/**
 * Two pieces of work that overlap take turns as well, but not like this: there, one that is only read and one that is
 * only written, again and again. What names or sizes show already is not said twice.
 */
function addTurns(inOrder: readonly Mark[], pairs: Pairs): void {
  let run: (readonly [read: Mark, write: Mark])[] = [];
  const end = () => {
    const [read, write] = run[0] ?? [];
    const known = ['name', 'size'].some((by) => pairs.has(`${read?.tenant} ${write?.tenant} ${by}`));
    if (run.length >= turnsMin && !known) for (const [from, to] of run) add(pairs, 'turns', from, to);
    run = [];
  };
  let before: Mark | undefined;
  for (const mark of inOrder) {
    const [read, write] = run[0] ?? [];
    const fits = mark.tenant === (mark.written ? write?.tenant : read?.tenant);
    const soon = before !== undefined && mark.ref.at - before.ref.at <= turnMs;
    if (run.length > 0 && !(fits && soon)) end();
    if (before && soon && mark.written && !before.written && before.tenant !== mark.tenant) run.push([before, mark]);
    before = mark;
  }
  end();
}
