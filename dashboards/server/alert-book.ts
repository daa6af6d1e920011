/** Alerts in pages, newest day first, out of a store that is asked by ranges of days. */
import type { AlertEvent, AlertState, Candidate } from '../../core/alert.ts';
import { isoOf } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import type { AlertFilter } from './desk.ts';

const dayMs = 86_400_000;
/** The first look back; each further one is twice as long, so that a long silence costs few questions. */
const firstLookDays = 31;
const lookBackDaysMax = 3_700;

export interface Days {
  /** `YYYY-MM-DD`, UTC, both included. */
  readonly from: string;
  readonly until: string;
}

export interface AlertSources {
  readonly candidates: (days: Days, signal: AbortSignal) => Promise<readonly Candidate[]>;
  /**
   * What was ever done with each alert, by id, oldest first. Given, only candidates that something was done with are
   * alerts; absent, every candidate is an open one.
   */
  readonly events?: ((signal: AbortSignal) => Promise<ReadonlyMap<string, readonly AlertEvent[]>>) | undefined;
  readonly now: () => Instant;
}

export interface Entry {
  readonly candidate: Candidate;
  readonly state: AlertState;
  /** Oldest first. */
  readonly history: readonly AlertEvent[];
}

export interface AlertBook {
  page(
    filter: AlertFilter,
    after: string | undefined,
    limit: number,
    signal: AbortSignal,
  ): Promise<{ entries: readonly Entry[]; next: string | undefined }>;
  one(id: string, signal: AbortSignal): Promise<Entry | undefined>;
}

export function createAlertBook({ candidates, events, now }: AlertSources): AlertBook {
  /** Look after look, newest first. */
  async function* entries(before: Instant, signal: AbortSignal): AsyncGenerator<Entry> {
    let until = before;
    const oldest = now() - lookBackDaysMax * dayMs;
    for (let days = firstLookDays; until > oldest; days *= 2) {
      const from = Math.max(until - days * dayMs, oldest);
      const found = await candidates({ from: dayOf(from), until: dayOf(until) }, signal);
      const done = events && found.length > 0 ? await events(signal) : undefined;
      for (const candidate of [...found].sort(newestFirst)) {
        const history = done ? done.get(candidate.id) : [raised(candidate)];
        if (history?.length) yield { candidate, history, state: history.at(-1)?.state ?? 'open' };
      }
      until = from - dayMs;
    }
  }
  return {
    async page({ state }, after, limit, signal) {
      const page: Entry[] = [];
      const begin = after === undefined ? now() + dayMs : Date.parse(after.slice(0, 10));
      if (Number.isNaN(begin)) return { entries: [], next: undefined };
      for await (const entry of entries(begin, signal)) {
        if (after !== undefined && placeOf(entry.candidate) >= after) continue;
        if (state !== undefined && entry.state !== state) continue;
        const last = page.at(-1);
        if (page.length === limit && last) return { entries: page, next: placeOf(last.candidate) };
        page.push(entry);
      }
      return { entries: page, next: undefined };
    },
    async one(id, signal) {
      for await (const entry of entries(now() + dayMs, signal)) if (entry.candidate.id === id) return entry;
      return undefined;
    },
  };
}

const dayOf = (at: Instant): string => isoOf(at).slice(0, 10);

/** Sorts as text: later is greater. The id tells apart what was raised at the same moment. */
const placeOf = ({ day, raised_at, id }: Candidate): string => `${day}_${raised_at}_${id}`;
const newestFirst = (a: Candidate, b: Candidate): number => (placeOf(a) < placeOf(b) ? 1 : -1);

const raised = ({ id, raised_at }: Candidate): AlertEvent => ({
  alert: id,
  at: raised_at,
  state: 'open',
  by: 'cordon',
  reason: 'raised',
});
