/** Judging what is stored, day by day, into one judge: `judge`, `backtest` and the start of the live judge share it. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Candidate } from '../core/alert.ts';
import { type Closings, closingsOf, noClosings } from '../core/closing.ts';
import { createExplainer, type Explainer } from '../core/explain.ts';
import { readFactFile } from '../core/fact-lines.ts';
import type { Fact } from '../core/facts.ts';
import { loadGeo } from '../core/geo.ts';
import type { Finding } from '../core/scene.ts';
import { isoOf } from '../core/time.ts';
import { type Bygone, stands } from '../detectors/judge/bygone.ts';
import type { Inputs } from '../detectors/judge/day.ts';
import type { Lesson } from '../detectors/judge/lesson.ts';
import type { Judged } from '../detectors/judge.ts';
import { createJudge } from '../detectors/judge.ts';
import type { Rules } from '../detectors/rules.ts';
import { openFactLog } from '../store/fact-log.ts';
import type { Store } from '../store/index.ts';
import { alertEvents } from '../store/queries/alert-states.ts';
import type { LedgerRow } from '../store/queries/ledger.ts';
import type { SpreadRow } from '../store/queries/spread.ts';
import type { Context } from './context.ts';
import { ledgerRows } from './ledger-rows.ts';
import { type Bygones, type KeptLesson, type LessonBook, storedDayOf } from './lesson-book.ts';
import { type CountingJudge, countingJudge } from './spread-counts.ts';
import { accessesOf, chunksOf, dayMs, readChunk, type StoredDay } from './stored-days.ts';

/** Today and yesterday: their late accesses are still to come. */
export const daysOpen = 2;
/** Accesses behind the days that are handed on together: few writes, and not all of a history in memory. */
const settledAccessesMax = 2_000_000;

/** Later than any day the store can hold. */
const lastDay = 65_380;

/** What was said of some days, whole: of closed ones for good. */
export interface Settled {
  /** Days since the epoch, both included; the last part is of all that is left. */
  readonly from: number;
  readonly until: number;
  readonly candidates: readonly Candidate[];
  readonly findings: readonly Finding[];
  readonly ledger: readonly LedgerRow[];
  readonly spread: readonly SpreadRow[];
  /** Of those that are closed. */
  readonly lessons: readonly KeptLesson[];
  /** What was said stands, since retention removed some of what it was said of. */
  readonly stands: (said: Pick<Candidate, 'day' | 'actor' | 'tenants'>) => boolean;
}

export interface ReplayOptions {
  /** Has not been fed with any of them. */
  readonly judge: CountingJudge;
  readonly book: LessonBook;
  /** The state after the day before the first. */
  readonly state: string;
  readonly days: readonly StoredDay[];
  /** What was learnt of those that are not whole any more. */
  readonly bygones?: Bygones;
  /** The first day that is spoken of, whether or not anything is stored of it. */
  readonly from: number;
  /** Earliest first, without a gap between them; what a later part says of an earlier day does not occur. */
  readonly onSettled: (settled: Settled) => Promise<void>;
  readonly onDay?: (done: number, total: number, day: string) => void;
  readonly now?: () => number;
  readonly signal: AbortSignal;
}

/** The facts of the log, and those of the configuration's seed that were never imported. */
export function factsOf({ config, directory }: Context): Fact[] {
  const zone = directory.firm.time_zone;
  const facts = new Map(openFactLog(config.data, zone).facts.map((fact) => [fact.id, fact]));
  if (config.facts !== undefined) {
    for (const { fact } of readFactFile(config.facts, zone)) if (!facts.has(fact.id)) facts.set(fact.id, fact);
  }
  return [...facts.values()];
}

export const explainerOf = (context: Context): Explainer => createExplainer(context.directory, factsOf(context));

/**
 * HMAC-SHA-256 under a key that is made for each judge and kept nowhere: fingerprints are compared within one day of one
 * judge and never stored, so nobody, the firm included, can look one up in a list of likely names.
 */
function keyedFingerprint(): (text: string) => string {
  const key = randomBytes(32);
  return (text) => createHmac('sha256', key).update(text).digest('base64');
}

export function judgeOf(
  { config, directory, rules }: Context,
  explainer: Explainer,
  closings: Closings = noClosings,
): CountingJudge {
  const geo = config.geo === undefined ? undefined : loadGeo(config.geo);
  const fingerprint = keyedFingerprint();
  return countingJudge(
    createJudge({ directory, explainer, rules, closings, fingerprint, ...(geo && { geo }) }),
    explainer,
  );
}

/** How alerts were closed so far. A closed day heeds those of its time alone, so later ones change no lesson that is kept. */
export const closingsIn = async (store: Store, signal: AbortSignal): Promise<Closings> =>
  closingsOf(await alertEvents(store.firm('read'), signal));

export interface Replayed {
  /** The state after the last day that is closed. */
  readonly state: string;
  readonly accesses: number;
}

/** Feeds the days in order; what is said of them is handed on, a part at a time. */
export async function replay(context: Context, store: Store, options: ReplayOptions): Promise<Replayed> {
  const { judge, days, signal, now = Date.now } = options;
  const total = days.reduce((sum, day) => sum + accessesOf(day), 0);
  const part = new Part(options, context.rules);
  let done = 0;
  for (const chunk of chunksOf(days)) {
    const byDay = await readChunk(context, store, chunk, signal);
    for (const stored of chunk) {
      const { day } = stored;
      const accesses = byDay.get(day) ?? [];
      byDay.delete(day);
      const bygone = await options.bygones?.of(stored, judge.take(accesses), signal);
      if (bygone) part.bygone(day, bygone);
      if (bygone && accesses.length > 0) judge.bygone(day, bygone);
      done += accesses.length;
      // Yesterday and today stay open: their late accesses are still to come. All others say now what stands.
      part.closed(judge.close(Math.min(day - 1, Math.floor(now() / dayMs) - daysOpen)));
      if (bygone && accesses.length === 0) {
        judge.recall(bygone.lesson);
        part.closed([bygone.lesson]);
      }
      part.said(day, judge.judge(), judge.inputs(day), accesses.length);
      options.onDay?.(done, total, isoOf(day * dayMs).slice(0, 10));
    }
    if (part.accesses >= settledAccessesMax) await options.onSettled(part.settle(judge.spread(), now()));
  }
  part.closed(judge.close(Math.floor(now() / dayMs) - daysOpen));
  part.said(undefined, judge.judge(), [], 0);
  await options.onSettled(part.settleAll(judge.spread(), now()));
  return { state: part.state, accesses: done };
}

/** What was said since it was last handed on. */
class Part {
  state: string;
  accesses = 0;
  readonly #book: LessonBook;
  readonly #rules: Rules;
  #lessons: KeptLesson[] = [];
  readonly #candidates = new Map<string, Candidate>();
  /** By day and actor: what is said of a day again replaces what was. */
  readonly #findings = new Map<string, Finding[]>();
  /** By day, `YYYY-MM-DD`. */
  readonly #bygones = new Map<string, Bygone>();
  readonly #inputs = new Map<number, readonly Inputs[]>();
  #from: number;

  constructor({ state, from, book }: ReplayOptions, rules: Rules) {
    this.state = state;
    this.#from = from;
    this.#book = book;
    this.#rules = rules;
  }

  closed(lessons: readonly Lesson[]): void {
    for (const lesson of lessons) {
      this.state = this.#book.after(this.state, storedDayOf(lesson));
      this.#lessons.push({ lesson, state: this.state });
    }
  }

  bygone(day: number, bygone: Bygone): void {
    this.#bygones.set(isoOf(day * dayMs).slice(0, 10), bygone);
  }

  said(
    day: number | undefined,
    { candidates, findings, withdrawn }: Judged,
    inputs: readonly Inputs[],
    accesses: number,
  ) {
    for (const id of withdrawn) {
      const gone = this.#candidates.get(id);
      if (gone) this.#findings.delete(keyOf(gone));
      this.#candidates.delete(id);
    }
    for (const candidate of candidates) {
      this.#candidates.set(candidate.id, candidate);
      this.#findings.set(keyOf(candidate), []);
    }
    const latest = new Map<string, Finding>();
    for (const finding of findings)
      latest.set(`${keyOf(finding)}\0${finding.detector}\0${finding.tenants.join()}`, finding);
    for (const finding of latest.values()) this.#findings.get(keyOf(finding))?.push(finding);
    if (day !== undefined) this.#inputs.set(day, inputs);
    this.accesses += accesses;
  }

  /** All closed days. */
  settle(spread: readonly SpreadRow[], now: number): Settled {
    return this.#until(this.#lessons.at(-1)?.lesson.day ?? this.#from - 1, spread, now);
  }

  settleAll(spread: readonly SpreadRow[], now: number): Settled {
    return this.#until(lastDay, spread, now);
  }

  readonly stands: Settled['stands'] = (said) => {
    const bygone = this.#bygones.get(said.day);
    return bygone !== undefined && stands(bygone, said);
  };

  /** Of a client of whom accesses are gone, the ledger says from how many it was judged. */
  #inputsOf(day: number): Inputs[] {
    const cut = this.#bygones.get(isoOf(day * dayMs).slice(0, 10))?.cut;
    return (this.#inputs.get(day) ?? []).filter(({ tenant }) => cut?.has(tenant) !== true);
  }

  #until(until: number, spread: readonly SpreadRow[], now: number): Settled {
    const days = [...this.#inputs.keys()].filter((day) => day <= until).sort((a, b) => a - b);
    const dates = new Set(days.map((day) => isoOf(day * dayMs).slice(0, 10)));
    const said = [...this.#candidates.values()].filter(({ day }) => dates.has(day));
    const candidates = said.filter((one) => !this.stands(one));
    const findings = candidates.flatMap((candidate) => this.#findings.get(keyOf(candidate)) ?? []);
    const ledger = days.flatMap((day) =>
      ledgerRows({ day, inputs: this.#inputsOf(day), findings, rules: this.#rules, now }),
    );
    const counted = spread.filter(({ hour, tenant }) => !this.#bygones.get(hour.slice(0, 10))?.cut.has(tenant));
    const { stands } = this;
    const settled = {
      ...{ from: this.#from, until, candidates, findings, ledger, stands },
      ...{ spread: counted, lessons: this.#lessons },
    };
    this.#from = until + 1;
    this.#lessons = [];
    this.accesses = 0;
    for (const day of days) this.#inputs.delete(day);
    for (const candidate of said) {
      this.#candidates.delete(candidate.id);
      this.#findings.delete(keyOf(candidate));
    }
    return settled;
  }
}

const keyOf = ({ actor, day }: Pick<Finding, 'actor' | 'day'>): string => `${day}\0${actor ?? ''}`;
