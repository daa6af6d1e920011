/** A notice as a letter: subject, text and HTML. The text comes first; it must read well on a phone at night, and survive being forwarded. */
import { formatInZone } from '../core/time.ts';
import { letterHtml } from './letter-html.ts';
import type { Notice } from './notice.ts';
import { actPhrase, aliases, firstSentence, plain, standingPhrase, whoPhrase } from './sentence.ts';
import { answers, nextSteps, type Step } from './steps.ts';

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What both forms of the letter show, in order. */
export interface LetterBody {
  readonly lead: string;
  readonly severity: string;
  /** Why this letter comes, when it is not the first. */
  readonly again: string | undefined;
  readonly clients: readonly { readonly alias: string; readonly standing: string; readonly acts: string }[];
  readonly because: readonly string[];
  readonly unknown: readonly string[];
  readonly when: readonly string[];
  readonly page: string | undefined;
  readonly steps: readonly Step[];
  readonly answers: readonly Step[];
  readonly foot: readonly string[];
}

/** RFC 5322 section 2.1.1 asks for lines of no more than 78 characters; commands and links stay whole. */
const columns = 76;
const subjectMax = 150;

export function letterOf(notice: Notice): Letter {
  const body = bodyOf(notice);
  return { subject: subjectOf(notice), text: letterText(body), html: letterHtml(body) };
}

/** The same for every letter about one alert unless it gets graver, so that mail programs keep them together. */
function subjectOf(notice: Notice): string {
  const { candidate, clients, version } = notice;
  const about = clients.length === 0 ? '' : ` and client${clients.length === 1 ? '' : 's'} ${aliases(clients)}`;
  const subject = `[Cordon ${candidate.severity}] ${whoPhrase(notice)}${about}`;
  return `${version > 1 ? 'Re: ' : ''}${subject.length > subjectMax ? `${subject.slice(0, subjectMax - 1)}…` : subject}`;
}

const againText = {
  first: undefined,
  'new-evidence': 'There is new evidence since the last message.',
  reminder: 'A reminder: nobody has answered this alert yet.',
} as const;

function bodyOf(notice: Notice): LetterBody {
  const { candidate, clients, first, last, zone } = notice;
  return {
    lead: firstSentence(notice),
    severity: candidate.severity,
    again: againText[notice.say],
    clients: clients.map(({ alias, standing, acts }) => ({
      alias: plain(alias),
      standing: standingPhrase[standing],
      acts: acts.map(actPhrase).join(', ') || 'no single access',
    })),
    because: candidate.because.map(plain),
    unknown: candidate.unknown.map(plain),
    when: zone === 'UTC' ? [span(first, last, zone)] : [span(first, last, zone), span(first, last, 'UTC')],
    page: notice.page,
    steps: nextSteps(notice),
    answers: answers(notice),
    foot: [
      `Alert ${candidate.id}, message ${notice.version}. Score ${candidate.score.toFixed(1)} by ${candidate.detectors.join(', ')}; ${candidate.accesses.length} access${candidate.accesses.length === 1 ? '' : 'es'}.`,
      ...notice.statistics.map(plain),
      'Names of documents are not sent by mail; the page and the commands show them to those who may see them.',
    ],
  };
}

/** `2026-03-04, 17:11:00 to 17:31:00 (America/Toronto, -05:00)`: a reader sees the clock, where it hangs, and its offset. */
function span(first: number, last: number, zone: string): string {
  const [day = '', begin = '', offset = ''] = formatInZone(first, zone).split(' ');
  const [lastDay = '', end = ''] = formatInZone(last, zone).split(' ');
  const until = day === lastDay ? end : `${lastDay}, ${end}`;
  const where = zone === 'UTC' ? 'UTC' : `${zone}, ${offset}`;
  return `${day}, ${begin}${first === last ? '' : ` to ${until}`} (${where})`;
}

function letterText(body: LetterBody): string {
  const out: string[] = [wrap(body.lead), ''];
  if (body.again) out.push(wrap(body.again), '');
  const section = (title: string, lines: readonly string[]) => {
    if (lines.length > 0) out.push(title.toUpperCase(), ...lines, '');
  };
  section('Why', body.because.map(item));
  section(
    'Which clients',
    body.clients.map((c) => item(`${c.alias} (${c.standing}): ${c.acts}`)),
  );
  section(
    'What is not known',
    body.unknown.length > 0 ? body.unknown.map(item) : [item('No source is known to have been late or silent.')],
  );
  section(
    'When',
    body.when.map((line) => `  ${line}`),
  );
  section('The page', body.page === undefined ? [] : [`  ${body.page}`]);
  section('What to do next', body.steps.flatMap(command));
  section('When you have looked', body.answers.flatMap(command));
  // RFC 3676 section 4.3: what follows "-- " is a signature, which replies leave out.
  out.push('-- ', ...body.foot.map((line) => wrap(line)));
  return `${out.join('\n')}\n`;
}

const item = (text: string): string => wrap(text, '- ', '  ');
const command = ({ why, command: line }: Step): string[] => [wrap(`${why}:`, '- ', '  '), `    ${line}`];

function wrap(text: string, first = '', rest = ''): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/ +/)) {
    if (!empty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join('\n');
}
