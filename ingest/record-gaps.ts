/**
 * Holes in the numbers that platforms give their own records. Only the edge sees every record, also those that are no
 * accesses, so they are noticed here, and the next access of the same log says so, sealed and signed with it.
 *
 * A hole is held back a while, since records come out of order and numbers that come late fill it; then it is held against
 * what is usual in that log (log-habit.ts). Numbers that come again, that go back, or that belong to a log that began anew are
 * no hole. What is remembered lies in the spool and changes with the checkpoint, in one transaction.
 */
import { hash } from 'node:crypto';
import { isoOf } from '../core/time.ts';
import type { Instant, MissingRecords, Serial } from '../core/types.ts';
import { type Habit, isNews, isUsual, learnHole, newHabit, turnDay, usualHole } from './log-habit.ts';

const minuteMs = 60_000;
/** Numbers that come later than this after the record behind a hole, by the platform's clock, do not fill it any more; */
const holdMs = 60 * minuteMs;
/** where the two records lie in different files, which may be read in any order, it is this, by the collector's clock. */
const holdFilesMs = 6 * 60 * minuteMs;
/** A number that goes back, at a time this far ahead of all before it: the series counts anew. */
const anewMs = 15 * minuteMs;
/** A series that was not heard of for so long begins anew, too. */
const forgottenMs = 14 * 86_400_000;
/** A log states its holes at most so often; those of one series are put together meanwhile. */
const stateEveryMs = 60 * minuteMs;
/** Logs and series remembered of one source; those heard of longest ago are forgotten first. */
const rememberedMax = 8_192;
/** Holes of one log that wait for late numbers; the oldest is taken as usual, for such a log is out of all order. */
const pendingMax = 256;
/** Statements of one log that wait for an access; what is more is added to the last. */
const owedMax = 64;

interface Hole {
  readonly series: string;
  readonly after: number;
  readonly before: number;
  readonly from: Instant;
  readonly until: Instant;
  /** When it was noticed, by the collector's clock. */
  readonly noticed: Instant;
  readonly oneFile: boolean;
  /** The longest hole that was usual by then: many cut out at once must not make each other usual. Undefined: not known. */
  readonly usual: number | undefined;
  /** Records of the source that nobody could read, up to the one before the hole: they had numbers, too. */
  readonly unreadable: number;
}

interface Owed extends Omit<MissingRecords, 'from' | 'until'> {
  readonly from: Instant;
  readonly until: Instant;
}

interface LogState {
  readonly is: 'log';
  readonly source: string;
  readonly name: string;
  /** The latest time that a record of it said. */
  at: Instant;
  readonly habit: Habit;
  /** In the order in which they were noticed. */
  pending: Hole[];
  /** Minutes of both clocks when the pending ones were last looked at. */
  looked: number;
  owed: Owed[];
  statedAt: Instant | undefined;
}

interface SeriesState {
  readonly is: 'series';
  readonly source: string;
  readonly name: string;
  last: number;
  at: Instant;
  file: string;
  unreadable: number;
}

/** What is kept of one log or series, by its key. Plain data. */
export type NumberState = LogState | SeriesState;

/** What a flush changes of it. */
export interface NumberChanges {
  readonly put: ReadonlyMap<string, NumberState>;
  readonly drop: readonly string[];
}

export class RecordGaps {
  readonly #source: string;
  /** By kind and name, in the order in which they were last heard of. */
  readonly #known = new Map<string, NumberState>();
  #touched = new Set<string>();
  #dropped = new Set<string>();

  constructor(source: string, kept: Iterable<readonly [string, NumberState]> = []) {
    this.#source = source;
    const own = [...kept].filter(([, state]) => state.source === source).sort(([, a], [, b]) => a.at - b.at);
    for (const [, state] of own) this.#known.set(`${state.is} ${state.name}`, state);
  }

  /**
   * One record that its platform numbered, in the order of arrival, repeats included. `at`: undefined where it says no time.
   * `unreadable`: records of this source so far that nobody could read.
   */
  take(
    { log: logName, session, number }: Serial,
    at: Instant | undefined,
    { file, seenAt, unreadable }: { readonly file: string; readonly seenAt: Instant; readonly unreadable: number },
  ): void {
    const log = this.#log(logName, Math.min(at ?? seenAt, seenAt));
    // A clock that is ahead must not end any waiting.
    const time = Math.min(at ?? log.at, seenAt);
    const name = session === undefined ? logName : `${logName}/${session}`;
    const series = this.#series(name);
    if (series === undefined || time - series.at > forgottenMs) {
      this.#begin(name, { last: number, at: time, file, unreadable });
    } else if (number > series.last) {
      log.habit.steps += 1;
      if (number > series.last + 1) notice(log, series, { number, time, file, seenAt });
      Object.assign(series, { last: number, at: Math.max(series.at, time), file, unreadable });
    } else if (number < series.last) {
      if (time > series.at + anewMs) this.#begin(name, { last: number, at: time, file, unreadable });
      else fill(log.pending, name, number);
    }
    if (time > log.at) log.at = time;
    turnDay(log.habit, log.at);
    settle(log, seenAt, unreadable);
  }

  /** What an access of that log at that time has to state; it is stated once. */
  owed(logName: string, at: Instant): readonly MissingRecords[] | undefined {
    const key = `log ${logName}`;
    const log = this.#known.get(key);
    if (log?.is !== 'log' || log.owed.length === 0) return undefined;
    if (log.statedAt !== undefined && log.at - log.statedAt < stateEveryMs) return undefined;
    // One that came late happened before what is missing.
    if (log.owed.some(({ until }) => until > at)) return undefined;
    const stated = log.owed.map((owed) => ({ ...owed, from: isoOf(owed.from), until: isoOf(owed.until) }));
    log.owed = [];
    log.statedAt = log.at;
    this.#touched.add(key);
    return stated;
  }

  /** What changed since this was last asked; undefined: nothing. */
  changes(): NumberChanges | undefined {
    if (this.#touched.size === 0 && this.#dropped.size === 0) return undefined;
    const put = new Map<string, NumberState>();
    for (const key of this.#touched) {
      const state = this.#known.get(key);
      // A copy: a flush that a full spool refused is tried again as it was.
      if (state) put.set(this.#keyOf(key), structuredClone(state));
    }
    const drop = [...this.#dropped].filter((key) => !this.#known.has(key)).map((key) => this.#keyOf(key));
    this.#touched = new Set();
    this.#dropped = new Set();
    return { put, drop };
  }

  /** A name of any length and any characters becomes a key of one length. */
  #keyOf(known: string): string {
    return hash('sha256', `${this.#source}\0${known}`, 'hex').slice(0, 32);
  }

  #log(name: string, at: Instant): LogState {
    const key = `log ${name}`;
    const known = this.#known.get(key);
    const fresh = (): LogState => ({
      ...{ is: 'log', source: this.#source, name, at },
      ...{ habit: newHabit(at), pending: [], looked: 0, owed: [], statedAt: undefined },
    });
    const log = known?.is === 'log' ? known : fresh();
    this.#remember(key, log);
    return log;
  }

  #series(name: string): SeriesState | undefined {
    const key = `series ${name}`;
    const known = this.#known.get(key);
    if (known?.is !== 'series') return undefined;
    this.#remember(key, known);
    return known;
  }

  #begin(name: string, from: Pick<SeriesState, 'last' | 'at' | 'file' | 'unreadable'>): void {
    this.#remember(`series ${name}`, { is: 'series', source: this.#source, name, ...from });
  }

  #remember(key: string, state: NumberState): void {
    this.#known.delete(key);
    this.#known.set(key, state);
    this.#touched.add(key);
    if (this.#known.size <= rememberedMax) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      this.#dropped.add(oldest);
      return;
    }
  }
}

/** A number that is not the next: a hole, unless such are usual. */
function notice(
  log: LogState,
  { name, last, at, file: before, unreadable }: SeriesState,
  { number, time, file, seenAt }: { number: number; time: Instant; file: string; seenAt: Instant },
): void {
  const missing = number - last - 1;
  if (isUsual(log.habit, missing)) {
    learnHole(log.habit, missing);
    return;
  }
  log.pending.push({
    ...{ series: name, after: last, before: number, from: at, until: Math.max(at, time) },
    ...{ noticed: seenAt, oneFile: file === before, unreadable, usual: usualHole(log.habit) },
  });
  if (log.pending.length <= pendingMax) return;
  const oldest = log.pending.shift();
  if (oldest) learnHole(log.habit, missingIn(oldest));
}

const missingIn = ({ after, before }: Hole): number => before - after - 1;

/** A number came late: of its hole nothing is left, a part, or two. */
function fill(pending: Hole[], series: string, number: number): void {
  const at = pending.findLastIndex((hole) => hole.series === series && hole.after < number && number < hole.before);
  const hole = pending[at];
  if (!hole) return;
  const parts = [
    { ...hole, before: number },
    { ...hole, after: number },
  ];
  pending.splice(at, 1, ...parts.filter((part) => missingIn(part) > 0));
}

/** Holes that waited long enough are learnt, and those that are news are owed. */
function settle(log: LogState, seenAt: Instant, unreadable: number): void {
  if (log.pending.length === 0) return;
  const isOver = ({ oneFile, until, noticed }: Hole) =>
    oneFile ? log.at - until >= holdMs : seenAt - noticed >= holdFilesMs;
  const looked = Math.floor(log.at / minuteMs) + Math.floor(seenAt / minuteMs);
  if (log.looked === looked) return;
  log.looked = looked;
  const over = log.pending.filter(isOver);
  log.pending = log.pending.filter((hole) => !isOver(hole));
  for (const hole of over) {
    const missing = missingIn(hole);
    if (isNews(missing, hole.usual) && missing > unreadable - hole.unreadable) owe(log, hole, hole.usual ?? 0);
    learnHole(log.habit, missing);
  }
}

function owe({ owed }: LogState, hole: Hole, usual: number): void {
  const { series, after, before, from, until } = hole;
  const missing = missingIn(hole);
  const same = owed.findIndex((one) => one.series === series);
  const into = same === -1 && owed.length >= owedMax ? owed.length - 1 : same;
  const one = owed[into];
  if (!one) owed.push({ series, missing, after, before, from, until, usual });
  else
    owed[into] = {
      ...one,
      missing: one.missing + missing,
      ...(one.series === series && { after: Math.min(one.after, after), before: Math.max(one.before, before) }),
      from: Math.min(one.from, from),
      until: Math.max(one.until, until),
    };
}
