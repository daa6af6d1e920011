/** What to do next: commands that work when pasted into a shell, one to a line. */
import { isoOf } from '../core/time.ts';
import type { Notice } from './notice.ts';

const hourMs = 3_600_000;

/** `2026-03-04T21:00Z` */
const minute = (at: number): string => `${isoOf(at).slice(0, 16)}Z`;

export interface Step {
  readonly why: string;
  readonly command: string;
}

/** A word for a POSIX shell, quoted only where it must be. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

function call({ program, config }: Notice, words: readonly string[]): string {
  const all = config === undefined ? words : [...words, '--config', config];
  return `${program} ${all.map(quoted).join(' ')}`;
}

export function nextSteps(notice: Notice): Step[] {
  const { candidate, clients, first, last, zone } = notice;
  // An hour on each side shows how it began and what came after.
  const from = minute(Math.floor(first / hourMs) * hourMs - hourMs);
  const until = minute(Math.ceil(last / hourMs) * hourMs + hourMs);
  const range = ['--from', from, '--to', until];
  const client = clients[0]?.alias;
  const known = candidate.actor !== null && !candidate.actor.startsWith('source:');
  const actor = known ? ['--actor', candidate.actor ?? ''] : [];
  const tenant = client === undefined ? [] : ['--tenant', client];
  const [access] = candidate.accesses;

  const steps: Step[] = [];
  if (known || client !== undefined) {
    const whose = known ? actor : tenant;
    steps.push({
      why: 'See everything around it, in order',
      command: call(notice, ['timeline', ...whose, ...range, '--zone', zone]),
    });
  }
  if (access !== undefined) {
    steps.push({
      why: 'See what was looked for to explain the first access, and not found',
      command: call(notice, ['explain', access]),
    });
  }
  if (client !== undefined) {
    const file = `evidence-${candidate.id}.zip`;
    steps.push({
      why: 'Keep the evidence, in a form others can check',
      command: call(notice, ['bundle', ...tenant, ...actor, ...range, '-o', file]),
    });
  }
  return steps;
}

export function answers(notice: Notice): Step[] {
  const { id } = notice.candidate;
  const answer = (verb: string, reason: string, ...more: string[]) =>
    call(notice, ['alerts', verb, id, '--reason', reason, ...more]);
  return [
    { why: 'I am looking at it (no more reminders)', command: answer('ack', 'looking into it') },
    { why: 'It is settled', command: answer('close', 'explained: which fact, by whom') },
    { why: 'Do not tell me of this again', command: answer('mute', 'why', '--until', '+30d') },
  ];
}
