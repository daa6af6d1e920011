/**
 * Contents that went from one client into another. Only a keyed fingerprint of a name leaves its client, and only for
 * as long as the day is open; nothing of it is stored.
 */
import type { JudgedAccess, Moved, Ref } from '../../core/scene.ts';

/** Keyed, so that a fingerprint cannot be looked up in a list of likely names. */
export type Fingerprint = (text: string) => string;

export interface Mark {
  readonly tenant: string;
  readonly print: string;
  readonly written: boolean;
  readonly ref: Ref;
}

const withinMs = 10 * 60_000;
const readActions = new Set(['read', 'download', 'copy', 'export']);
const writeActions = new Set(['write', 'create', 'copy']);

/** Of one client's accesses: those that read or wrote a content. */
export function marksOf(tenant: string, accesses: readonly JudgedAccess[], fingerprint: Fingerprint): Mark[] {
  const marks: Mark[] = [];
  for (const access of accesses) {
    const { action, object, outcome } = access;
    if (object === undefined || outcome !== 'success' || access.class === 'database') continue;
    const written = writeActions.has(action);
    if (!written && !readActions.has(action)) continue;
    marks.push({ tenant, print: fingerprint(nameOf(object)), written, ref: access });
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
      const source = [...reads.values()].find((r) => r.tenant !== mark.tenant && mark.ref.at - r.ref.at <= withinMs);
      // A name that was in the second client before says nothing.
      if (source && !reads.has(mark.tenant)) add(pairs, source, mark);
    } else lastRead.set(mark.print, reads.set(mark.tenant, mark));
  }
  return [...pairs.values()].map(({ from, to, prints, refs }) => ({ from, to, objects: prints.size, refs }));
}

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
