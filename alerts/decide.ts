/** Whether to write to a human about an alert, and why. Pure, so the whole policy fits in one table of cases. */
import { type AlertState, type Candidate, compareSeverity, type Severity } from '../core/alert.ts';
import type { Instant } from '../core/types.ts';

const hourMs = 3_600_000;

/** What was last said about an alert. */
export interface Said {
  readonly at: Instant;
  /** How many messages went out, so the next is `version + 1`. */
  readonly version: number;
  /** How many of them, since the last that had news, only repeated. */
  readonly reminders: number;
  readonly severity: Severity;
  readonly accesses: ReadonlySet<string>;
}

export interface DecidePolicy {
  readonly remindAfterMs: number;
  readonly remindersMax: number;
  /** While somebody goes on reading, each tick has new accesses: they are told of together. */
  readonly newsEveryMs: number;
}

export const decidePolicy: DecidePolicy = { remindAfterMs: 24 * hourMs, remindersMax: 3, newsEveryMs: hourMs / 2 };

export type Say = 'first' | 'new-evidence' | 'reminder' | 'quiet';
type DecisionReason =
  | 'never-said'
  | 'graver'
  | 'after-closing'
  | 'new-accesses'
  | 'gathering-news'
  | 'unanswered'
  | 'answered'
  | 'muted'
  | 'nothing-new'
  | 'reminded-enough';

export interface Decision {
  readonly say: Say;
  readonly reason: DecisionReason;
}

export function decide(
  candidate: Candidate,
  state: AlertState,
  said: Said | undefined,
  now: Instant,
  policy: DecidePolicy = decidePolicy,
): Decision {
  const graver = said !== undefined && compareSeverity(candidate.severity, said.severity) > 0;
  // Only what turns into a breached fact speaks through a mute.
  if (state === 'muted' && !(graver && candidate.severity === 'critical')) return quiet('muted');
  if (!said) return { say: 'first', reason: 'never-said' };
  if (graver) return { say: 'new-evidence', reason: 'graver' };

  const sinceMs = now - said.at;
  if (candidate.accesses.some((id) => !said.accesses.has(id))) {
    if (sinceMs < policy.newsEveryMs) return quiet('gathering-news');
    return { say: 'new-evidence', reason: state === 'closed' ? 'after-closing' : 'new-accesses' };
  }
  if (state !== 'open') return quiet('answered');
  if (said.reminders >= policy.remindersMax) return quiet('reminded-enough');
  return sinceMs >= policy.remindAfterMs ? { say: 'reminder', reason: 'unanswered' } : quiet('nothing-new');
}

const quiet = (reason: DecisionReason): Decision => ({ say: 'quiet', reason });
