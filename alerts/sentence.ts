/** The one plain sentence a message begins with, and the phrases its lists are made of. */
import { pastTense } from '../core/past-tense.ts';
import { closed, listed } from '../core/sentence.ts';
import type { Act, ClientPart, Notice, Standing } from './notice.ts';

/** Beyond two, the list below the sentence says it better. */
const actsMax = 2;
const aliasesMax = 3;

/** Text from elsewhere may hold line ends, controls or marks that turn the writing direction: none may reach a message. */
export const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .trim();

const count = (n: number, thing: string): string => `${n.toLocaleString('en-US')} ${thing}${n === 1 ? '' : 's'}`;

/** `opened 41 documents`, `tried in vain to open`: what a list shows of one act. */
export function actPhrase({ action, thing, objects, refused }: Act): string {
  return refused ? `was refused ${count(objects, thing)} (${action})` : `${pastTense[action]} ${count(objects, thing)}`;
}

export const standingPhrase: Readonly<Record<Standing, string>> = {
  unassigned: 'not assigned',
  ended: 'assignment had ended',
  'recorded-late': 'assignment recorded only afterwards',
  barred: 'behind an information barrier',
  assigned: 'assigned',
  unknown: 'standing not known',
};

const standingClause: Readonly<Record<Standing, string>> = {
  unassigned: ' without being assigned to it',
  ended: ' after the assignment to it had ended',
  'recorded-late': ' before any assignment to it was on record',
  barred: ' across an information barrier',
  assigned: '',
  unknown: '',
};

/** For example: Ana Chan opened 41 documents of client C-1042 without being assigned to it. */
export function firstSentence(notice: Notice): string {
  const [worst, ...others] = notice.clients;
  const [because] = notice.candidate.because;
  if (!worst || worst.acts.length === 0) return closed(plain(because ?? 'An alert was raised.'));
  const same = others.filter(({ standing }) => standing === worst.standing);
  const more = same.length === 0 ? '' : `, and likewise ${same.length === 1 ? 'client' : 'clients'} ${aliases(same)}`;
  return `${whoPhrase(notice)} ${doing(worst)}${standingClause[worst.standing]}${more}.`;
}

/** `Ana Chan` or `7 people`; never empty. */
export function whoPhrase({ who, people }: Notice): string {
  return who === undefined ? (people === 1 ? 'One person' : `${people} people`) : plain(who);
}

function doing({ acts, alias }: ClientPart): string {
  const done = acts.filter(({ refused }) => !refused);
  const told = (done.length > 0 ? done : acts).slice(0, actsMax);
  const phrases = told.map((act, index) => {
    const next = told[index + 1];
    // "opened 3 and downloaded 2 documents": the thing is said once when it is the same.
    return next && next.thing === act.thing && !act.refused
      ? `${pastTense[act.action]} ${act.objects}`
      : actPhrase(act);
  });
  return `${phrases.join(' and ')} of ${alias === 'unknown' ? 'no known client' : `client ${plain(alias)}`}`;
}

export const aliases = (clients: readonly ClientPart[]): string =>
  listed(
    clients.map(({ alias }) => plain(alias)),
    aliasesMax,
  );
