/** The three answers about one access, and what was looked for and not found: what `cordon explain` prints. */
import type { Explainable, Explainer, Explanation, ExplanationKind } from '../explain.ts';
import { strongFrom } from '../explain.ts';
import type { Instant } from '../types.ts';
import { endKnownAt } from './claims.ts';

/** At which moment's knowledge: when it happened, when it was seen, now. */
export type Question = 'then' | 'as_known_then' | 'as_known_now';

export interface Answer {
  readonly question: Question;
  readonly knownAt: Instant;
  readonly explained: boolean;
  /** Strongest first; weak ones do not explain by themselves. */
  readonly explanations: readonly Explanation[];
}

export interface Account {
  readonly answers: readonly Answer[];
  /** Sentences: each kind of fact that was looked for and is not there, as known now. */
  readonly lookedFor: readonly string[];
  /** Sentences: recorded late, employment ended, a barrier. */
  readonly notes: readonly string[];
}

const dayMs = 86_400_000;

export function accountOf(
  explainer: Explainer,
  access: Explainable & { readonly seenAt: Instant },
  now: Instant,
): Account {
  const questions = [
    ['then', access.at],
    ['as_known_then', access.seenAt],
    ['as_known_now', now],
  ] as const;
  const answers = questions.map(([question, knownAt]) => {
    const explanations = explainer.all(access, knownAt);
    return { question, knownAt, explanations, explained: explanations.some(({ strength }) => strength >= strongFrom) };
  });
  return { answers, lookedFor: lookedFor(explainer, access, now), notes: notesOf(explainer, access, answers, now) };
}

function lookedFor(explainer: Explainer, access: Explainable, now: Instant): string[] {
  const { actor, tenant, at } = access;
  if (actor === undefined) return ['nobody in the directory owns the account, so no fact can be about it'];
  const mine = explainer.claims.of(actor, tenant);
  const dated = (['assignment', 'ticket', 'cover'] as const).flatMap((kind) => {
    const known = mine.filter((claim) => claim.kind === kind && claim.recordedAt <= now);
    if (known.some((claim) => claim.from <= at && endKnownAt(claim, now) > at)) return [];
    const before = known.filter((claim) => endKnownAt(claim, now) <= at).map((claim) => at - endKnownAt(claim, now));
    const after = known.filter((claim) => claim.from > at).map((claim) => claim.from - at);
    const near = [
      ...(before.length > 0 ? [`one ended ${days(Math.min(...before))} before`] : []),
      ...(after.length > 0 ? [`one began ${days(Math.min(...after))} after`] : []),
    ];
    return [`no ${kind} held at that moment${near.length > 0 ? `: ${near.join(', ')}` : ''}`];
  });
  const found = new Set(explainer.all(access, now).map(({ kind }) => kind));
  // Whoever is assigned needs no other reason, and none is looked for.
  const rest = found.has('assignment') ? [] : otherReasons.filter(([kinds]) => !kinds.some((kind) => found.has(kind)));
  return [...dated, ...rest.map(([, sentence]) => sentence)];
}

const otherReasons: readonly (readonly [kinds: readonly ExplanationKind[], sentence: string])[] = [
  [['role', 'service_job'], 'no role of the directory, and no job of a service on its own hosts and hours, covers it'],
  [['delegation'], 'nobody assigned there had handed their work over to this person'],
  [['onboarding', 'handover'], 'no assignment was about to begin within 7 days, or had ended within 5'],
  [['absence_cover'], 'no colleague of the team who is assigned there was away'],
  [['team_habit'], 'the team does not work for this client: fewer than 2 of it were assigned there'],
];

function notesOf(
  explainer: Explainer,
  access: Explainable & { seenAt: Instant },
  answers: readonly Answer[],
  now: Instant,
): string[] {
  const { actor, tenant, at, seenAt } = access;
  if (actor === undefined) return [];
  const notes: string[] = [];
  const [, then, later] = answers;
  const late = later?.explanations[0];
  if (later?.explained && !then?.explained && late?.recordedAt !== undefined && late.recordedAt > seenAt) {
    notes.push(`the ${late.kind} that explains it was recorded ${days(late.recordedAt - at)} after the access`);
  }
  const employment = explainer.standing.employment(actor, at, now);
  if (employment.state === 'left')
    notes.push('employment or contract had ended; nothing explains an access after that');
  if (employment.state === 'notice') notes.push('notice had been given');
  for (const barrier of explainer.standing.barriers(tenant, at, now)) {
    const works = explainer.claims
      .of(actor, barrier.other)
      .some((c) => c.kind === 'assignment' && c.from <= at && endKnownAt(c, now) > at);
    if (works)
      notes.push(
        `there is ${barrier.kind === 'absolute' ? 'an absolute' : 'a managed'} barrier, and the person is assigned to its other side, ${barrier.other}`,
      );
  }
  return notes;
}

const days = (ms: number): string =>
  ms < dayMs ? `${Math.max(1, Math.round(ms / 3_600_000))} h` : `${Math.round(ms / dayMs)} days`;
