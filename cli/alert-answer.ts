/** What somebody says of an alert: who may, and what has to be said with it. */
import { userInfo } from 'node:os';
import type { AlertEvent, AlertState, Candidate } from '../core/alert.ts';
import { verdictOf, verdicts } from '../core/closing.ts';
import type { Directory } from '../core/directory/directory.ts';
import { Fault } from '../core/errors.ts';
import { isoOf, parseInstant } from '../core/time.ts';
import type { Instant } from '../core/types.ts';
import type { Io } from './command.ts';

const muteMsMax = 366 * 86_400_000;

export interface Answer {
  readonly state: AlertState;
  readonly reason: string | undefined;
  readonly until: string | undefined;
}

/** Throws USAGE for an answer without what its readers need later, or by the one it is about. */
export function answered(
  candidate: Candidate,
  { state, reason, until }: Answer,
  { directory, by, now }: { readonly directory: Directory; readonly by: readonly string[]; readonly now: Instant },
): AlertEvent {
  if (reason === undefined || reason.trim() === '')
    throw new Fault('USAGE', 'say why with --reason: whoever reads it next was not there');
  if (state === 'closed' && verdictOf(reason) === undefined) {
    const words = (is: boolean) => Object.entries(verdicts).flatMap(([word, bad]) => (bad === is ? [word] : []));
    throw new Fault(
      'USAGE',
      `say what it was first: ${words(true).join(', ')}, if it should not have been; ${words(false).join(', ')}, if it was nothing of the kind; as in --reason "explained: ticket T-9"`,
    );
  }
  if (isAbout(candidate, directory, by))
    throw new Fault('USAGE', 'this alert is about you: somebody else has to answer it');
  const event = { alert: candidate.id, at: isoOf(now), state, by: by[0] ?? 'unknown', reason };
  if (state !== 'muted') {
    if (until !== undefined) throw new Fault('USAGE', '--until belongs to a mute');
    return event;
  }
  if (until === undefined) throw new Fault('USAGE', 'a mute has an end: say it with --until, as in --until +30d');
  const end = parseInstant(until, { now, zone: directory.firm.time_zone, edge: 'to' });
  if (end <= now) throw new Fault('USAGE', 'the mute would have ended before it began');
  if (end - now > muteMsMax) throw new Fault('USAGE', 'a mute lasts a year at most');
  return { ...event, until: isoOf(end) };
}

/** The account that runs this, and, behind sudo, the one that called it: nobody gets around their own alert by being root. */
export function callers({ env }: Pick<Io, 'env'>): string[] {
  const { username } = userInfo();
  const behind = env['SUDO_USER'];
  return behind === undefined || behind === username ? [username] : [behind, username];
}

/** Whether one of these logins is the person, in whatever form a source writes it: `DOMAIN\ana`, `ana@firm.example`, `ana`. */
function isAbout({ actor }: Candidate, { people, services }: Directory, by: readonly string[]): boolean {
  if (actor === null) return false;
  const owner = [...people.values(), ...services.values()].find(({ id }) => id === actor);
  const own = new Set([actor, ...(owner ? [...owner.accounts.values()].flat() : [])].map(plain));
  return by.some((login) => own.has(plain(login)));
}

const plain = (login: string): string => (login.split('\\').pop() ?? login).split('@')[0]?.toLowerCase() ?? '';
