/**
 * Judging what lands, as it lands. The judge's state is a function of what is stored. At the start it recalls the lessons of
 * closed days and is fed the open ones; after that, with each landing. What it can no longer take in has the days concerned
 * judged again: an access of a closed day, or facts that were imported meanwhile.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from '../core/alert.ts';
import { type Closings, noClosings } from '../core/closing.ts';
import { createExplainer } from '../core/explain.ts';
import { isoOf } from '../core/time.ts';
import type { Instant, TenantId } from '../core/types.ts';
import type { Inputs } from '../detectors/judge/day.ts';
import type { Landed } from '../ingest/land.ts';
import type { Store } from '../store/index.ts';
import { saveLedger } from '../store/queries/ledger.ts';
import { saveSpread } from '../store/queries/spread.ts';
import type { Context } from './context.ts';
import { closingsIn, daysOpen, factsOf, judgeOf, replay } from './judging.ts';
import { keepJudged } from './keep-judged.ts';
import { goneBeforeDays } from './keeping.ts';
import { ledgerRows } from './ledger-rows.ts';
import { Bygones, type LessonBook, lessonBook, recallLessons, saveLessons, storedDayOf } from './lesson-book.ts';
import { accessesToJudge } from './sigma-records.ts';
import type { CountingJudge } from './spread-counts.ts';
import { CountedSizes } from './spread-heads.ts';
import type { StoreLandings } from './store-landings.ts';
import { accessesOf, dayMs, forEachClient, storedDays } from './stored-days.ts';
import { Verdicts } from './verdicts.ts';

const dayOf = (at: Instant): number => Math.floor(at / dayMs);
const dateOf = (day: number): string => isoOf(day * dayMs).slice(0, 10);
/** Before any day there is, and after. */
const always = { from: '1970-01-01', until: '2149-01-01' };
/** Judging days again may take long, and what makes it needed may come all the time: it gets a share of the time. */
const againEveryMsMin = 2_000;
const againShareMax = 0.2;
/** Landings remembered between two ticks; more than that are read as days. */
const landedMax = 50_000;
const ledgerEveryMs = 60_000;

/** The judge with what it takes to go on from one day to the next. */
interface Running {
  readonly judge: CountingJudge;
  readonly book: LessonBook;
  readonly verdicts: Verdicts;
  /** After the last closed day. */
  state: string;
  today: number;
}

export class LiveJudge {
  readonly #context: Context;
  readonly #store: Store;
  readonly #now: () => Instant;
  /** Where others land too, the store says what landed; else the lander beside does. */
  readonly #landings: StoreLandings | undefined;
  #running: Running | undefined;
  #landed: Landed[] = [];
  /** Something landed in a closed day. */
  #late = false;
  #factsStamp = '';
  #closings: Closings = noClosings;
  #begunAt = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #verdicts: Verdicts | undefined;
  /** Clients and days that were judged since the ledger was last written. */
  readonly #unwritten = new Map<number, Set<string>>();
  #writtenAt = 0;
  readonly #counted: CountedSizes;

  constructor(context: Context, store: Store, now: () => Instant = Date.now, landings?: StoreLandings) {
    this.#context = context;
    this.#store = store;
    this.#now = now;
    this.#landings = landings;
    this.#counted = new CountedSizes(store, now);
  }

  landed(landed: Landed): void {
    if (this.#landed.length < landedMax) this.#landed.push(landed);
    else this.#late = true;
  }

  /** Another process judges: what is known here is not kept up, and is made anew when it is needed. */
  rest(): void {
    this.#running = undefined;
    this.#verdicts = undefined;
    this.#landed = [];
    this.#tookMs = 0;
  }

  /** All candidates there are now. */
  get candidates(): readonly Candidate[] {
    return this.#verdicts?.candidates ?? [];
  }

  /** Judges what landed since the last tick, and keeps what is said of it. `false`: there was nothing to judge. */
  async tick(signal: AbortSignal): Promise<boolean> {
    if (this.#running && this.#landings) {
      const { landed, again } = await this.#landings.news(signal);
      for (const one of landed) this.landed(one);
      this.#late ||= again;
    }
    const firstOpen = dayOf(this.#now()) - daysOpen + 1;
    if (this.#landed.some(({ from }) => dayOf(Date.parse(from)) < firstOpen)) this.#late = true;
    if (!this.#running || this.#late || this.#stampOfFacts() !== this.#factsStamp) {
      const waitMs = Math.max(againEveryMsMin, this.#tookMs / againShareMax);
      if (this.#now() - this.#begunAt - this.#tookMs >= waitMs || this.#tookMs === 0) {
        await this.#again(signal);
        return true;
      }
    }
    if (!this.#running) return false;
    try {
      const judged = await this.#goOn(this.#running, signal);
      if (this.#landings) await this.#counted.save(this.#landings.whole, signal);
      return judged;
    } catch (error) {
      // What was said and could not be kept would not be said again: what is stored is judged again from there.
      this.#running = undefined;
      throw error;
    }
  }

  async #goOn(running: Running, signal: AbortSignal): Promise<boolean> {
    const { judge, book } = running;
    const today = dayOf(this.#now());
    const landed = [...this.#landed];
    if (landed.length === 0 && today === running.today) {
      await this.#writeLedger(running, signal);
      return false;
    }
    const short = await this.#take(judge, landed, signal);
    this.#landings?.took(short);
    this.#landed = this.#landed.slice(landed.length);
    const closing = judge.openDays
      .filter((day) => day <= today - daysOpen)
      .map((day) => ({ day, inputs: judge.inputs(day) }));
    // What was said of alerts until now decides what a closed day teaches.
    if (closing.length > 0) this.#closings = await closingsIn(this.#store, signal);
    const lessons = judge.close(today - daysOpen).map((lesson) => {
      running.state = book.after(running.state, storedDayOf(lesson));
      return { lesson, state: running.state };
    });
    running.today = today;
    await keepJudged(this.#store, running.verdicts.take(judge.judge()), signal);
    await saveSpread(this.#store.firm('judge'), judge.spread(), this.#now(), signal);
    await this.#writeLedger(running, signal, closing);
    await saveLessons(this.#store, lessons, signal);
    running.verdicts.forgetFindings(dateOf(today - daysOpen + 1));
    return true;
  }

  /** The batches, as `tenant/collector/seq`, of which not all accesses are there yet. */
  async #take(judge: CountingJudge, landed: readonly Landed[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const short = new Set<string>();
    const byTenant = new Map<TenantId, Landed[]>();
    for (const one of landed) byTenant.set(one.tenant, [...(byTenant.get(one.tenant) ?? []), one]);
    await forEachClient([...byTenant.keys()], async (tenant) => {
      const batches = byTenant.get(tenant) ?? [];
      const range = {
        from: Math.min(...batches.map(({ from }) => Date.parse(from))),
        until: Math.max(...batches.map(({ until }) => Date.parse(until))) + 1,
        batches: batches.map(({ collector, seq }) => `${collector}/${seq}`),
        found: new Map<string, number>(),
      };
      for await (const accesses of accessesToJudge(this.#context, this.#store, tenant, range, signal)) {
        for (const { at } of judge.take(accesses)) this.#note(dayOf(at), tenant);
      }
      for (const { collector, seq, rows } of batches)
        if ((range.found.get(`${collector}/${seq}`) ?? 0) < rows) short.add(`${tenant}/${collector}/${seq}`);
    });
    return short;
  }

  #note(day: number, tenant: TenantId): void {
    const tenants = this.#unwritten.get(day) ?? new Set<string>();
    this.#unwritten.set(day, tenants);
    tenants.add(tenant);
  }

  /** Of open days what was judged since, now and then; of a day that is closed, once and for good. */
  async #writeLedger(
    { judge, verdicts }: Running,
    signal: AbortSignal,
    closing: readonly { readonly day: number; readonly inputs: readonly Inputs[] }[] = [],
  ): Promise<void> {
    for (const { day } of closing) this.#unwritten.delete(day);
    const due = [...closing];
    if (this.#now() - this.#writtenAt >= ledgerEveryMs) {
      this.#writtenAt = this.#now();
      for (const [day, tenants] of this.#unwritten)
        due.push({ day, inputs: judge.inputs(day).filter(({ tenant }) => tenants.has(tenant)) });
      this.#unwritten.clear();
    }
    const rows = due.flatMap(({ day, inputs }) =>
      ledgerRows({
        day,
        inputs,
        findings: verdicts.findingsOf(dateOf(day)),
        rules: this.#context.rules,
        now: this.#now(),
      }),
    );
    await saveLedger(this.#store.firm('judge'), rows, signal);
  }

  /** Recalls what still holds and judges the rest. */
  async #again(signal: AbortSignal): Promise<void> {
    const store = this.#store;
    this.#begunAt = this.#now();
    this.#factsStamp = this.#stampOfFacts();
    this.#running = undefined;
    this.#landed = [];
    this.#late = false;
    this.#unwritten.clear();
    await this.#landings?.begin(signal);
    const facts = factsOf(this.#context);
    const book = lessonBook(this.#context, facts);
    this.#closings = await closingsIn(store, signal);
    const closings: Closings = { verdict: (alert, knownAt) => this.#closings.verdict(alert, knownAt) };
    const judge = judgeOf(this.#context, createExplainer(this.#context.directory, facts), closings);
    const today = dayOf(this.#now());
    const days = await storedDays(store, signal);
    const goneBefore = await goneBeforeDays(this.#context.config, store, this.#now(), signal);
    const closed = { days, until: today - daysOpen + 1, goneBefore };
    const recalled = await recallLessons(store, judge, book, closed, signal);
    const from = recalled.next;
    const asked = { candidates: always, findings: { ...always, from: dateOf(from) } };
    const verdicts = await Verdicts.kept(store, asked, signal);
    this.#verdicts = verdicts;
    const { state } = await replay(this.#context, store, {
      judge,
      book,
      state: recalled.state,
      days: recalled.rest,
      bygones: new Bygones(store, recalled.rest, goneBefore),
      from,
      now: this.#now,
      onSettled: async ({ from, until, ledger, spread, lessons, stands, ...said }) => {
        const changed = verdicts.settle(said, { from: dateOf(from), until: dateOf(until), stands });
        await keepJudged(store, changed, signal);
        await saveLedger(store.firm('judge'), ledger, signal);
        await saveSpread(store.firm('judge'), spread, this.#now(), signal);
        await saveLessons(store, lessons, signal);
        verdicts.forgetFindings(dateOf(today - daysOpen + 1));
      },
      signal,
    });
    this.#running = { judge, book, verdicts, state, today };
    this.#tookMs = Math.max(1, this.#now() - this.#begunAt);
    const accesses = recalled.rest.reduce((sum, day) => sum + accessesOf(day), 0);
    this.#context.log.info({ days: recalled.days, accesses, ms: this.#tookMs }, 'recalled days, and judged the rest');
  }

  /** Changes whenever facts are imported. */
  #stampOfFacts(): string {
    const { data, facts } = this.#context.config;
    return [join(data, 'facts.jsonl'), facts]
      .map((file) => (file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })))
      .map((info) => `${info?.mtimeMs ?? 0}/${info?.size ?? 0}`)
      .join(' ');
  }
}
