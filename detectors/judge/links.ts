/** Who made the link that a guest uses: per client, from its own shares of the last weeks. */

import { gotOrMade } from '../../core/got-or-made.ts';
import type { JudgedAccess } from '../../core/scene.ts';
import type { Instant } from '../../core/types.ts';
import type { Share } from './lesson.ts';
import { dayMs, isGuest } from './who.ts';

const keptMs = 60 * dayMs;
const sharesOfObjectMax = 20;

interface OfClient {
  readonly tenant: string;
  readonly accesses: readonly JudgedAccess[];
}

/** By client, of what guests opened: what this actor shared; of a guest, what nobody is known to have shared. */
export function usesOf(actor: string, cells: readonly OfClient[], links: Links): Map<string, JudgedAccess[]> {
  const sharer = isGuest(actor) ? undefined : actor;
  const uses = new Map<string, JudgedAccess[]>();
  for (const { tenant, accesses } of cells) {
    const own = accesses.filter((access) => links.sharerOf(access) === sharer);
    if (own.length > 0) gotOrMade(uses, tenant, (): JudgedAccess[] => []).push(...own);
  }
  return uses;
}

export class Links {
  private readonly shares = new Map<string, Share[]>();

  add(tenant: string, share: Share): void {
    const key = `${tenant}\0${share.object}`;
    const list = this.shares.get(key) ?? [];
    if (list.some(({ at, actor }) => at === share.at && actor === share.actor)) return;
    list.push(share);
    list.sort((a, b) => a.at - b.at || (a.actor < b.actor ? -1 : 1));
    this.shares.set(key, list.slice(-sharesOfObjectMax));
  }

  /** The last one who shared the object before it was used. */
  sharerOf({ tenant, object, at }: JudgedAccess): string | undefined {
    if (object === undefined) return undefined;
    return this.shares.get(`${tenant}\0${object}`)?.findLast((share) => share.at <= at)?.actor;
  }

  forget(before: Instant): void {
    for (const [key, list] of this.shares) {
      const kept = list.filter(({ at }) => at >= before - keptMs);
      if (kept.length === 0) this.shares.delete(key);
      else if (kept.length < list.length) this.shares.set(key, kept);
    }
  }
}
