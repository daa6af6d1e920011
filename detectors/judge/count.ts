/** Counts of accesses: what leaves a client for the firm level is made of these, and of nothing with a name in it. */
import type { Counts, JudgedAccess } from '../../core/scene.ts';
import type { Action } from '../../core/types.ts';

type Kind = 'taken' | 'writes' | 'deletes' | 'shares';

const kindOf: Readonly<Partial<Record<Action, Kind>>> = {
  download: 'taken',
  copy: 'taken',
  print: 'taken',
  export: 'taken',
  write: 'writes',
  create: 'writes',
  rename: 'writes',
  delete: 'deletes',
  share: 'shares',
};

/** Running a platform is not reading its content: these need no assignment and are judged by their own detectors. */
const administers = new Set<Action>(['login', 'logout', 'grant', 'revoke', 'configure', 'audit_change', 'unshare']);

/** Carries a content off, rather than showing it. */
export const takes = (action: Action): boolean => kindOf[action] === 'taken';

export const isContent = (access: JudgedAccess): boolean => !administers.has(access.action);

export function countAccesses(accesses: readonly JudgedAccess[]): Counts {
  const objects = new Set<string>();
  const by: Record<Kind, number> = { taken: 0, writes: 0, deletes: 0, shares: 0 };
  let [statements, denied, bytes, rowsMax, done] = [0, 0, 0, 0, 0];
  for (const access of accesses) {
    if (!isContent(access)) continue;
    if (access.outcome !== 'success') {
      denied += access.outcome === 'denied' ? 1 : 0;
      continue;
    }
    done += 1;
    if (access.class === 'database') statements += 1;
    else if (access.object !== undefined) objects.add(access.object);
    const kind = kindOf[access.action];
    if (kind) by[kind] += 1;
    bytes += access.bytes ?? 0;
    if ((access.rows ?? 0) > rowsMax) rowsMax = access.rows ?? 0;
  }
  return { accesses: done, objects: objects.size + statements, ...by, denied, bytes, rowsMax };
}

export const nothing: Counts = countAccesses([]);

/** Shared with another mail domain, or, without a target, with whoever has the link. */
export function isOutsideShare({ action, outcome, object_to }: JudgedAccess, domains: readonly string[]): boolean {
  if (action !== 'share' || outcome !== 'success') return false;
  if (object_to === undefined) return true;
  const domain = object_to.toLowerCase().split('@')[1];
  return domain !== undefined && !domains.includes(domain);
}
