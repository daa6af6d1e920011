/** What the judge keeps of an open day: one actor's scenes, and what is said of them. */
import type { Candidate } from '../../core/alert.ts';
import type { ActorView, Finding, FirmScene, JudgedAccess } from '../../core/scene.ts';
import { isUnexplained } from './firm-scene.ts';
import type { TenantJudged } from './tenant-scene.ts';

export interface ActorDayJudged {
  readonly actor: ActorView;
  readonly tenants: readonly TenantJudged[];
  readonly accesses: readonly JudgedAccess[];
  scene: FirmScene | undefined;
  claims: ReadonlyMap<string, number>;
  fused: number;
  score: number;
}

export interface Changes {
  readonly candidates: Candidate[];
  readonly withdrawn: string[];
  readonly findings: Finding[];
}

export const nothingChanged = (): Changes => ({ candidates: [], withdrawn: [], findings: [] });

/** Clients where the actor was unexplained that day. */
export const openTenants = (judged: ActorDayJudged | undefined): string[] =>
  judged ? judged.tenants.filter((t) => isUnexplained(t.spread)).map((t) => t.spread.tenant) : [];

export function gotOrMade<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
