/**
 * Judging what lands, as it lands. The judge's state is a function of what is stored, so it is taught by a replay at the
 * start, fed with each landing after that, and taught anew when something arrives that it can no longer take in: an
 * access of a day that is closed, or facts that were imported meanwhile.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from '../core/alert.ts';
import type { Log } from '../core/log.ts';
import type { Instant, TenantId } from '../core/types.ts';
import type { Judge, Judged } from '../detectors/judge.ts';
import type { Landed } from '../ingest/land.ts';
import type { Store } from '../store/index.ts';
import { saveSpread } from '../store/queries/spread.ts';
import type { Context } from './context.ts';
import { explainerOf, judgeOf, replay } from './judging.ts';
import { accessesToJudge } from './sigma-records.ts';
import type { CountingJudge } from './spread-counts.ts';

const dayMs = 86_400_000;
const dayOf = (at: Instant): number => Math.floor(at / dayMs);
/** The day before today stays open: late records of it still come. */
const daysOpen = 2;
/** A replay of a large store takes minutes; what makes one needed may come all the time. */
const replayEveryMsMin = 2_000;
const replayShareMax = 0.2;
/** Landings remembered between two ticks; more than that is a replay. */
const landedMax = 50_000;

export class LiveJudge {
  readonly #context: Context;
  readonly #store: Store;
  readonly #log: Log;
  readonly #now: () => Instant;
  #judge: CountingJudge | undefined;
  #landed: Landed[] = [];
  #factsStamp = '';
  #replayedAt = 0;
  #replayMs = 0;
  #known = new Map<string, Candidate>();

  constructor(context: Context, store: Store, now: () => Instant = Date.now) {
    this.#context = context;
    this.#store = store;
    this.#log = context.log;
    this.#now = now;
  }

  landed(landed: Landed): void {
    this.#landed.push(landed);
  }

  /** All candidates there are now. */
  get candidates(): readonly Candidate[] {
    return [...this.#known.values()];
  }

  /** Judges what landed since the last tick; `undefined` when nothing did. */
  async tick(signal: AbortSignal): Promise<Judged | undefined> {
    const stamp = this.#stampOfFacts();
    const landed = this.#landed;
    if (this.#judge && landed.length === 0 && stamp === this.#factsStamp) return undefined;
    if (!this.#judge || stamp !== this.#factsStamp || !this.#canTake(landed)) return this.#replay(stamp, signal);
    this.#landed = [];
    const judge = this.#judge;
    // Half fed it would be wrong for good, so until it was fed whole there is none, and the next tick makes another.
    this.#judge = undefined;
    await this.#take(judge, landed, signal);
    const judged = judge.judge();
    await saveSpread(this.#store.firm('judge'), judge.spread(), this.#now(), signal);
    judge.close(dayOf(this.#now()) - daysOpen);
    this.#judge = judge;
    for (const id of judged.withdrawn) this.#known.delete(id);
    for (const candidate of judged.candidates) this.#known.set(candidate.id, candidate);
    return judged;
  }

  /** Only what lies in days that the judge has not closed. */
  #canTake(landed: readonly Landed[]): boolean {
    const firstOpen = dayOf(this.#now()) - daysOpen + 1;
    return landed.length <= landedMax && landed.every(({ from }) => dayOf(Date.parse(from)) >= firstOpen);
  }

  async #take(judge: Judge, landed: readonly Landed[], signal: AbortSignal): Promise<void> {
    const byTenant = new Map<TenantId, Landed[]>();
    for (const one of landed) byTenant.set(one.tenant, [...(byTenant.get(one.tenant) ?? []), one]);
    for (const [tenant, batches] of byTenant) {
      const range = {
        from: Math.min(...batches.map(({ from }) => Date.parse(from))),
        until: Math.max(...batches.map(({ until }) => Date.parse(until))) + 1,
        batches: batches.map(({ collector, seq }) => `${collector}/${seq}`),
      };
      for await (const accesses of accessesToJudge(this.#context, this.#store, tenant, range, signal)) {
        judge.take(accesses);
      }
    }
  }

  async #replay(stamp: string, signal: AbortSignal): Promise<Judged | undefined> {
    const waitMs = Math.max(replayEveryMsMin, this.#replayMs / replayShareMax);
    if (this.#judge && this.#now() - this.#replayedAt < waitMs) return undefined;
    const begun = this.#now();
    this.#landed = [];
    // What landed is in the store alone now: if that cannot be read, the next tick replays again.
    this.#judge = undefined;
    const explainer = explainerOf(this.#context);
    const judge = judgeOf(this.#context, explainer);
    const said = await replay(this.#context, this.#store, {
      from: 0,
      until: Number.MAX_SAFE_INTEGER,
      explainer,
      judge,
      onSpread: (rows) => saveSpread(this.#store.firm('judge'), rows, this.#now(), signal),
      signal,
    });
    judge.close(dayOf(this.#now()) - daysOpen);
    const before = this.#known;
    this.#known = new Map(said.candidates.map((candidate) => [candidate.id, candidate]));
    this.#judge = judge;
    this.#factsStamp = stamp;
    this.#replayedAt = this.#now();
    this.#replayMs = this.#replayedAt - begun;
    this.#log.info({ accesses: said.accesses, candidates: said.candidates.length, ms: this.#replayMs }, 'judged anew');
    const withdrawn = [...before.keys()].filter((id) => !this.#known.has(id));
    return { candidates: said.candidates, withdrawn, findings: said.findings };
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
