/** Who acted, as the directory and the facts known by the end of the day say. */
import type { Directory } from '../../core/directory/directory.ts';
import type { Explainer } from '../../core/explain.ts';
import type { ActorView, JudgedAccess } from '../../core/scene.ts';
import { offsetMs } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';

export const dayMs = 86_400_000;
export const dayNumber = (at: Instant): number => Math.floor(at / dayMs);
export const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** The person or service; else the account nobody owns; else the source that named nobody. */
export const actorKey = ({ actor, account, source }: JudgedAccess): string => actor ?? account ?? `unnamed:${source}`;

/** Whoever holds a link that needs no login. */
export const isGuest = (actor: string): boolean => /^(anonymous|urn:spo:(anon|guest))/i.test(actor);

export interface Who {
  view(actor: string, day: number): ActorView;
  /** Local hour, and whether the actor was not due to work then. */
  localHour(view: ActorView, at: Instant): { readonly hour: number; readonly dayOff: boolean };
}

export function createWho(directory: Directory, { standing }: Explainer): Who {
  const officeOf = (actor: string) => directory.offices.get(directory.people.get(actor as never)?.office ?? '');
  return {
    view(actor, day) {
      const person = directory.people.get(actor as never);
      const service = directory.services.get(actor as never);
      const end = (day + 1) * dayMs;
      const employment = person && standing.employment(actor, end - 1, end);
      return {
        id: actor,
        kind: person ? 'person' : service ? 'service' : 'unknown',
        role: service ? `service:${service.job}` : (person?.role ?? (person ? 'person' : 'unknown account')),
        team: person?.team,
        zone: officeOf(actor)?.time_zone ?? directory.firm.time_zone,
        fte: person?.fte ?? 1,
        lastDay: employment?.state === 'notice' ? employment.since : undefined,
        leftAt: employment?.state === 'left' ? employment.since : undefined,
      };
    },
    localHour({ id, zone }, at) {
      const local = at + offsetMs(zone, at);
      const weekday = new Date(local).getUTCDay();
      const date = new Date(local).toISOString().slice(0, 10);
      const away = weekday === 0 || weekday === 6 || officeOf(id)?.holidays.has(date) === true;
      return {
        hour: Math.floor((local % dayMs) / 3_600_000),
        dayOff: away || standing.absent(id, at, at) !== undefined,
      };
    },
  };
}
