/**
 * Contents that went from one client into another. Only a keyed fingerprint of a name leaves its client, and only for
 * as long as the day is open; nothing of it is stored.
 */
import type { JudgedAccess, Moved, Ref } from '../../core/scene.ts';
import { unattributed } from '../../core/types.ts';

/** Keyed, so that a fingerprint cannot be looked up in a list of likely names. */
export type Fingerprint = (text: string) => string;

export interface Mark {
  readonly tenant: string;
  /** Of the name, and of the size where the source tells it. */
  readonly print: string;
  readonly size: string | undefined;
  readonly written: boolean;
  readonly ref: Ref;
}

const withinMs = 10 * 60_000;
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
      written,
      ref: access,
    });
  }
  return marks;
}

const nameOf = (object: string): string =>
  object.slice(Math.max(object.lastIndexOf('/'), object.lastIndexOf('\\')) + 1);

/** Read in one client and, within minutes, written under the same name in another. */
export function movedAmong(marks: readonly Mark[]): Moved[] {
  const inOrder = [...marks].sort((a, b) => a.ref.at - b.ref.at || (a.ref.id < b.ref.id ? -1 : 1));
  const lastRead = new Map<string, Map<string, Mark>>();
  const pairs = new Map<string, { from: string; to: string; prints: Set<string>; refs: Ref[] }>();
  for (const mark of inOrder) {
    const reads = lastRead.get(mark.print) ?? new Map<string, Mark>();
    if (mark.written) {
      const source = [...reads.values()].find((r) => r.tenant !== mark.tenant && canBe(r, mark));
      // A name that was in the second client before says nothing.
      if (source && !reads.has(mark.tenant)) add(pairs, source, mark);
    } else lastRead.set(mark.print, reads.set(mark.tenant, mark));
  }
  return [...pairs.values()].map(({ from, to, prints, refs }) => ({ from, to, objects: prints.size, refs }));
}

/** Sizes that are both known and differ are two contents of one name. */
const canBe = (read: Mark, write: Mark): boolean =>
  write.ref.at - read.ref.at <= withinMs &&
  (read.size === undefined || write.size === undefined || read.size === write.size);

function add(
  pairs: Map<string, { from: string; to: string; prints: Set<string>; refs: Ref[] }>,
  source: Mark,
  target: Mark,
) {
  const key = `${source.tenant} ${target.tenant}`;
  const pair = pairs.get(key) ?? { from: source.tenant, to: target.tenant, prints: new Set<string>(), refs: [] };
  pair.prints.add(target.print);
  pair.refs.push(source.ref, target.ref);
  pairs.set(key, pair);
}
