/** What the judge keeps of an open day: one actor's scenes, and what is said of them. */
import type { Candidate } from '../../core/alert.ts';
import type { ActorView, Finding, FirmScene, JudgedAccess } from '../../core/scene.ts';
import type { Judged } from '../judge.ts';
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

export interface Raised {
  readonly candidate: Candidate;
  readonly findings: readonly Finding[];
}

/** What is said since it was last asked: of one actor and day the last word alone. */
export class Changes {
  private readonly said = new Map<string, Raised>();
  private readonly withdrawn = new Map<string, string>();

  /** `key`: the actor and day. `before`: what stood until now. */
  say(key: string, before: Raised | undefined, now: Raised | undefined): void {
    this.withdrawn.delete(key);
    if (now) this.said.set(key, now);
    else {
      this.said.delete(key);
      if (before) this.withdrawn.set(key, before.candidate.id);
    }
  }

  /** Hands it over, and begins anew. */
  drain(): Judged {
    const said = [...this.said.values()];
    const judged = {
      candidates: said.map(({ candidate }) => candidate),
      findings: said.flatMap(({ findings }) => findings),
      withdrawn: [...this.withdrawn.values()],
    };
    this.said.clear();
    this.withdrawn.clear();
    return judged;
  }
}

/** Clients where the actor was unexplained that day. */
export const openTenants = (judged: ActorDayJudged | undefined): string[] =>
  judged ? judged.tenants.filter((t) => isUnexplained(t.spread)).map((t) => t.spread.tenant) : [];
