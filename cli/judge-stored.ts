/** Judges the stored days of a range. Days before it still teach what is usual: from their lessons, where these still hold. */
import { createExplainer } from '../core/explain.ts';
import { isoOf } from '../core/time.ts';
import type { Store } from '../store/index.ts';
import type { Context } from './context.ts';
import { closingsIn, factsOf, judgeOf, type Replayed, type ReplayOptions, replay, type Settled } from './judging.ts';
import { goneBeforeDays } from './keeping.ts';
import { Bygones, lessonBook, recallLessons } from './lesson-book.ts';
import type { Range } from './range.ts';
import { dayMs, storedDays } from './stored-days.ts';
import type { Days } from './verdicts.ts';

const dateOf = (day: number): string => isoOf(day * dayMs).slice(0, 10);

export async function judgeStored(
  context: Context,
  store: Store,
  { from, days: { from: firstDate, until: lastDate } }: Range,
  options: Pick<ReplayOptions, 'onDay' | 'signal'> & {
    /** Whether days before the range may be recalled, where they were judged by this configuration. */
    readonly recall: boolean;
    /** `days`: the part of the range that this is all of. What was learnt is of all days. */
    readonly onSettled: (settled: Settled, days: Days) => Promise<void>;
  },
): Promise<Replayed> {
  const { onDay, onSettled, recall, signal } = options;
  const facts = factsOf(context);
  const book = lessonBook(context, facts);
  const judge = judgeOf(context, createExplainer(context.directory, facts), await closingsIn(store, signal));
  // What is said of a day is final when the next one is there.
  const fed = (await storedDays(store, signal)).filter(({ day }) => dateOf(day - 1) <= lastDate);
  const goneBefore = recall
    ? await goneBeforeDays(context.config, store, Date.now(), signal)
    : new Map<string, number>();
  const before = { days: fed, until: recall ? Math.ceil(from / dayMs) : 0, goneBefore };
  const recalled = await recallLessons(store, judge, book, before, signal);
  const inRange = ({ day }: { readonly day: string }) => day >= firstDate && day <= lastDate;
  return replay(context, store, {
    judge,
    book,
    state: recalled.state,
    days: recalled.rest,
    bygones: new Bygones(store, recalled.rest, goneBefore),
    from: recalled.next,
    ...(onDay && { onDay }),
    async onSettled(settled) {
      const days = {
        from: later(firstDate, dateOf(settled.from)),
        until: earlier(lastDate, dateOf(settled.until)),
      };
      const part = {
        ...settled,
        candidates: settled.candidates.filter(inRange),
        findings: settled.findings.filter(inRange),
        ledger: settled.ledger.filter((row) => inRange({ day: isoOf(row.from).slice(0, 10) })),
      };
      await onSettled(part, days);
    },
    signal,
  });
}

const later = (a: string, b: string): string => (a > b ? a : b);
const earlier = (a: string, b: string): string => (a < b ? a : b);
