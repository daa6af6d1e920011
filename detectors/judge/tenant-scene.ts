/** Reads one client's accesses of one actor and day: the scene, what its detectors say, and the counts that leave the client. */
import type { Explainer, Explanation, ExplanationKind } from '../../core/explain.ts';
import type { ActorView, Finding, JudgedAccess, Spread, TenantBaseline, TenantScene } from '../../core/scene.ts';
import { unattributed } from '../../core/types.ts';
import type { TenantDetector } from '../detector.ts';
import type { Ruled } from '../rules.ts';
import { countAccesses, isContent, nothing } from './count.ts';

export interface TenantJudged {
  readonly scene: TenantScene;
  readonly spread: Spread;
  readonly findings: readonly Finding[];
}

/** Who wrote, unexplained, into a client's files on so many days of the last 30 works for it: it was said on those days. */
const habitDaysMin = 4;

/** Facts that give somebody a task, rather than a client. */
const errands: ReadonlySet<ExplanationKind> = new Set(['ticket', 'cover', 'delegation']);

/** What a scene is made of, beside the accesses. */
export interface TenantParts {
  readonly day: string;
  readonly actor: ActorView;
  readonly tenant: string;
  readonly linkUses: readonly JudgedAccess[];
  readonly domains: readonly string[];
  /** Whether an object of this client exists only to be noticed; absent: there is none. */
  readonly isCanary?: ((object: string) => boolean) | undefined;
  readonly baseline: TenantBaseline;
}

export function judgeTenant(
  parts: TenantParts,
  accesses: readonly JudgedAccess[],
  explainer: Explainer,
  detectors: readonly Ruled<TenantDetector>[],
): TenantJudged {
  const { tenant, actor } = parts;
  const explained: (Explanation | undefined)[] = new Array(accesses.length);
  const open: JudgedAccess[] = [];
  for (const [i, access] of accesses.entries()) {
    explained[i] = explainer.explain(access, access.seenAt);
    if (explained[i] === undefined && isContent(access)) open.push(access);
  }
  const habit = parts.baseline.workDays >= habitDaysMin;
  const unexplainedRefs = tenant === unattributed || actor.kind === 'unknown' ? [] : open;
  const counts = countAccesses(accesses);
  const unexplained = unexplainedRefs.length === 0 ? nothing : countAccesses(unexplainedRefs);
  const canaries = canariesAmong(parts, accesses, explained);
  const scene: TenantScene = { level: 'tenant', ...parts, accesses, explained, canaries, counts, unexplained, habit };
  const findings = detectors.flatMap(({ detector, rule }) => detector.judge(scene, rule.settings));
  const asked = explained.some((reason) => reason !== undefined && errands.has(reason.kind));
  const dated = explained.some((reason) => reason?.fact !== undefined);
  const spread = habit
    ? { tenant, counts, dated, asked, unexplained: nothing, refs: accesses, unexplainedRefs: [], deniedRefs: [] }
    : {
        tenant,
        counts,
        dated,
        asked,
        unexplained,
        refs: accesses,
        unexplainedRefs,
        deniedRefs: unexplainedRefs.filter(isDenied),
      };
  return { scene, findings, spread };
}

/** Also a refused touch is one. A backup or a scanner at its own job touches everything. */
function canariesAmong(
  { isCanary }: TenantParts,
  accesses: readonly JudgedAccess[],
  explained: readonly (Explanation | undefined)[],
): JudgedAccess[] {
  if (!isCanary) return [];
  return accesses.filter(
    ({ object, object_to }, i) =>
      explained[i]?.kind !== 'service_job' && [object, object_to].some((name) => name !== undefined && isCanary(name)),
  );
}

const isDenied = ({ outcome }: JudgedAccess): boolean => outcome === 'denied';
