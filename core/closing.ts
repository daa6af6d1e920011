/** How alerts were closed: what they turned out to be, and when that was said. */
import type { AlertEvent } from './alert.ts';
import type { Instant } from './types.ts';

/** True: something that should not have been. False: nothing of the kind. */
export const verdicts = {
  malicious: true,
  policy: true,
  mistake: true,
  explained: false,
  duplicate: false,
  test: false,
} as const;
export type Verdict = keyof typeof verdicts;

const names = Object.keys(verdicts) as Verdict[];

/** `explained: the data room of M-2160` → `explained`; undefined: it says none of the six. */
export function verdictOf(reason: string): Verdict | undefined {
  const [, word, rest = ''] = /^\s*([a-z]+)\s*(?::\s*(.*))?$/is.exec(reason) ?? [];
  const verdict = names.find((name) => name === word?.toLowerCase());
  // Whoever says that a fact explains it says which.
  return verdict === 'explained' && rest.trim() === '' ? undefined : verdict;
}

export interface Closings {
  /** What the alert was closed as, as known at that moment; undefined: it was not closed, or opened again. */
  verdict(alert: string, knownAt: Instant): Verdict | undefined;
}

export const noClosings: Closings = { verdict: () => undefined };

/** `history`: by alert, oldest first. */
export function closingsOf(
  history: ReadonlyMap<string, readonly Pick<AlertEvent, 'at' | 'state' | 'reason'>[]>,
): Closings {
  return {
    verdict(alert, knownAt) {
      const known = history.get(alert)?.filter(({ at }) => Date.parse(at) < knownAt) ?? [];
      const last = known[known.length - 1];
      return last?.state === 'closed' ? verdictOf(last.reason) : undefined;
    },
  };
}
