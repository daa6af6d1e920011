/** A mute has an owner, a reason and an end, and nobody mutes themselves. */
import type { AlertEvent, AlertState, Candidate } from '../core/alert.ts';

export interface Mute {
  readonly actor: string | null;
  /** It covers candidates that touch no other tenant and come from no other detector than these. */
  readonly tenants: readonly string[];
  readonly detectors: readonly string[];
  /** ISO 8601, UTC. From when, and until when (exclusive). */
  readonly from: string;
  readonly until: string;
  readonly by: string;
  readonly reason: string;
}

/** What `cordon alerts mute ID` asks for: quiet about news like this alert. */
export function muteLike(
  { actor, tenants, detectors }: Candidate,
  terms: Pick<Mute, 'from' | 'until' | 'by' | 'reason'>,
): Mute {
  return { actor, tenants, detectors, ...terms };
}

/** The mutes there are: what each alert that was muted, and is not answered otherwise since, asks to be quiet about. */
export function mutesOf(candidates: readonly Candidate[], events: ReadonlyMap<string, readonly AlertEvent[]>): Mute[] {
  return candidates.flatMap((candidate) => {
    const last = events.get(candidate.id)?.at(-1);
    if (last?.state !== 'muted' || last.until === undefined) return [];
    const { at, until, by, reason } = last;
    return [muteLike(candidate, { from: at, until, by, reason })];
  });
}

/** A mute that has ended says nothing any more: the alert is as open as before. */
export const stateAt = (last: AlertEvent | undefined, now: string): AlertState =>
  last === undefined || (last.state === 'muted' && last.until !== undefined && last.until <= now) ? 'open' : last.state;

export function isMuted(candidate: Candidate, mutes: readonly Mute[]): boolean {
  return mutes.some(
    (mute) =>
      mute.actor === candidate.actor &&
      mute.by !== candidate.actor &&
      candidate.raised_at >= mute.from &&
      candidate.raised_at < mute.until &&
      candidate.tenants.every((tenant) => mute.tenants.includes(tenant)) &&
      candidate.detectors.every((detector) => mute.detectors.includes(detector)),
  );
}
