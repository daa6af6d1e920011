/**
 * Which candidates become alerts. People can read only so many: `budget_per_day_per_1000` alerts a day for each 1,000 of
 * staff. It decides as they come, knowing nothing of the rest of the day, by two things that correct each other: a
 * bucket of tokens that fills evenly (unused quota lapses beyond one day's worth and one more), and a limit learned from
 * the scores of the past weeks: a candidate passes when no more such scores are usual in a day than there are tokens.
 * A full bucket thereby lowers the limit and an empty one raises it. What stays below stays listed.
 */
import { type Candidate, compareSeverity } from '../core/alert.ts';
import type { Instant } from '../core/types.ts';

const dayMs = 86_400_000;
/** Scores older than this no longer say what is usual. */
const memoryDays = 28;
const rememberedMax = 20_000;
/** Until this much of the past is known, tokens alone decide. */
const learnDays = 2;
/** Facts pass without a token but leave a debt, at most this many days of quota, so that a bad day is not a mute week. */
const debtDaysMax = 1;

export interface BudgetRules {
  readonly staff: number;
  readonly budget_per_day_per_1000: number;
  /** Whether somebody with the right to do so asked not to hear of this: `isMuted` of mute.ts. */
  readonly muted: (candidate: Candidate) => boolean;
}

type BudgetReason = 'hierarchy' | 'muted' | 'within-budget' | 'over-budget';

export interface Verdict {
  readonly candidate: Candidate;
  readonly alert: boolean;
  readonly reason: BudgetReason;
}

interface Seen {
  readonly score: number;
  readonly at: Instant;
  readonly alert: boolean;
}

/** What the budget remembers between ticks. Plain data, so it can be kept. */
export interface BudgetState {
  readonly tokens: number;
  /** When the tokens were last counted; `undefined` before the first candidate. */
  readonly at: Instant | undefined;
  readonly since: Instant | undefined;
  readonly seen: ReadonlyMap<string, Seen>;
}

export const emptyBudget: BudgetState = { tokens: 0, at: undefined, since: undefined, seen: new Map() };

/** A firm too small for one alert a day by its numbers may still hear of one a day: nobody drowns in that. */
export const quotaPerDay = ({ staff, budget_per_day_per_1000 }: BudgetRules): number =>
  Math.max(1, (budget_per_day_per_1000 * staff) / 1_000);

/**
 * Decides a run of candidates in order of `raised_at`; a candidate that grew may come again under its id. It stays an
 * alert once it was one, and costs one token however often it grows.
 */
export function spend(
  candidates: readonly Candidate[],
  rules: BudgetRules,
  state: BudgetState = emptyBudget,
): { readonly verdicts: readonly Verdict[]; readonly state: BudgetState } {
  const seen = new Map(state.seen);
  const quota = quotaPerDay(rules);
  const tokensMax = 2 * quota;
  let { tokens, at, since } = state;
  const verdicts: Verdict[] = [];

  for (const candidate of candidates) {
    const raised = Date.parse(candidate.raised_at);

    if (at === undefined) tokens = quota;
    else tokens = Math.min(tokensMax, tokens + (Math.max(0, raised - at) / dayMs) * quota);
    at = Math.max(at ?? raised, raised);
    since ??= raised;
    forget(seen, at);

    const before = seen.get(candidate.id);
    const days = Math.min(memoryDays, (at - since) / dayMs);
    const usual = days < learnDays ? 0 : countAtLeast(seen, candidate) / days;
    const reason = reasonFor(candidate, before, rules.muted(candidate), tokens, usual);
    const alert = reason === 'hierarchy' || reason === 'within-budget';
    if (alert && !before?.alert) tokens = Math.max(-debtDaysMax * quota, tokens - 1);
    // Set anew, so that the map's order stays the order of age.
    seen.delete(candidate.id);
    seen.set(candidate.id, { score: candidate.score, at: raised, alert: alert || (before?.alert ?? false) });
    verdicts.push({ candidate, alert, reason });
  }
  return { verdicts, state: { tokens, at, since, seen } };
}

function reasonFor(
  candidate: Candidate,
  before: Seen | undefined,
  muted: boolean,
  tokens: number,
  usualPerDay: number,
): BudgetReason {
  // A breached fact is never held back, by number or by mute.
  if (compareSeverity(candidate.severity, 'critical') >= 0) return 'hierarchy';
  if (muted) return 'muted';
  if (before?.alert) return 'within-budget';
  return tokens >= 1 && usualPerDay <= tokens ? 'within-budget' : 'over-budget';
}

/** How many other candidates of the past weeks scored at least as high. */
function countAtLeast(seen: ReadonlyMap<string, Seen>, { id, score }: Candidate): number {
  let count = 0;
  for (const [other, past] of seen) if (other !== id && past.score >= score) count += 1;
  return count;
}

function forget(seen: Map<string, Seen>, now: Instant): void {
  for (const [id, { at }] of seen) {
    if (now - at <= memoryDays * dayMs && seen.size <= rememberedMax) return;
    seen.delete(id);
  }
}
