/** The three answers to "was it legitimate", in sentences. */
import type { Account, Answer } from '../../core/explain/answer.ts';
import type { Explanation, ExplanationKind } from '../../core/explain.ts';
import { isoOf } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import type { ExplanationView, FactView, Verdict } from './api.ts';
import type { Names } from './names.ts';

type Telling = (explanation: Explanation, who: string, names: Names) => string;

const named = (what: string, reference: string | undefined) =>
  reference === undefined ? what : `${what} ${reference}`;

const tellings: Readonly<Record<ExplanationKind, Telling>> = {
  assignment: ({ reference }, who) => `${who} was assigned to this client${reference ? `, matter ${reference}` : ''}.`,
  ticket: ({ reference, reason }, who) => `${who} had ${named('ticket', reference)}${reason ? `: ${reason}` : ''}.`,
  cover: ({ reference }, who, names) => `${who} covered for ${names.actor(reference ?? 'somebody')} at this client.`,
  delegation: ({ reference }, who, names) =>
    `${who} stood in for ${names.actor(reference ?? 'somebody')}, who was assigned to this client.`,
  role: ({ reference }, who) => `The role of ${who}${reference ? `, ${reference},` : ''} covers this client.`,
  service_job: ({ reference }, who) => `It is the declared job of ${who}${reference ? `: ${reference}` : ''}.`,
  onboarding: (_, who) => `The assignment of ${who} was on record and about to begin.`,
  handover: (_, who) => `The assignment of ${who} had ended only days before.`,
  absence_cover: ({ reference }, who, names) =>
    `${names.actor(reference ?? 'A colleague')}, of the same team as ${who}, was away. That alone does not explain it.`,
  team_habit: ({ reason }, who) => `${reason ?? 'Colleagues'}, the team of ${who}. That alone does not explain it.`,
};

export function explanationView({ answers, lookedFor, notes }: Account, who: string, names: Names): ExplanationView {
  const verdicts = answers.map((answer) => verdictOf(answer, who, names));
  // What is missing is news only where something is missing.
  return { verdicts, looked_for: verdicts.every(({ explained }) => explained) ? [] : lookedFor, notes };
}

function verdictOf({ question, explained, explanations: [first] }: Answer, who: string, names: Names): Verdict {
  if (!first) return { question, explained, sentence: `Nothing on record explains why ${who} reached this client.` };
  return { question, explained, sentence: tellings[first.kind](first, who, names), fact: factOf(first) };
}

/** What the directory says has no dates; only a fact of the log can be looked up. */
function factOf({ kind, fact, from, to, recordedAt }: Explanation): FactView | undefined {
  if (fact === undefined) return undefined;
  const time = (at: Instant | undefined) => (at === undefined || !Number.isFinite(at) ? undefined : isoOf(at));
  return {
    label: `${kind.replaceAll('_', ' ')} ${fact}`,
    from: time(from),
    until: time(to),
    recorded_at: time(recordedAt),
  };
}
