/** What an actor did that day by kind: of a person what carries contents off, of a service everything. */
import type { Act } from '../../core/firm-signs.ts';
import type { ActorView, JudgedAccess, Ref } from '../../core/scene.ts';
import type { Action } from '../../core/types.ts';
import { takes } from './count.ts';

/** `accesses` in order of time. */
export function actsOf({ kind }: ActorView, accesses: readonly JudgedAccess[]): Act[] {
  if (kind === 'unknown') return [];
  const found = new Map<Action, { refs: Ref[]; tenants: Set<string> }>();
  for (const access of accesses) {
    const { action, outcome, tenant } = access;
    if (outcome !== 'success' || (kind === 'person' && !takes(action))) continue;
    const act = found.get(action) ?? { refs: [], tenants: new Set<string>() };
    found.set(action, act);
    act.refs.push(access);
    act.tenants.add(tenant);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([action, { refs, tenants }]) => ({ action, refs, tenants: [...tenants].sort() }));
}
