/**
 * The judge: accesses in, candidates out, live and in backtest by the same code.
 *
 * Nothing depends on the order or the batches in which accesses arrive: a scene is one actor's UTC day, its accesses
 * sorted by (at, id); each access is explained by the facts recorded by the moment it was seen; the baselines are those
 * of the days closed before. A day is closed a full day after its end, so that platforms that are late are still in it:
 * while it lasts, what is said of it is said with the days before yesterday; once yesterday is closed, it is said again,
 * and that stands. So state is a function of the stored accesses and facts alone. After a restart, `recall` the lessons of
 * the closed days, or feed them again, day by day: `take(day)`, `close(day − 1)`, `judge()`; both make the same judge.
 */
import type { Candidate } from '../core/alert.ts';
import { type Closings, noClosings } from '../core/closing.ts';
import type { Directory } from '../core/directory/directory.ts';
import type { Explainer } from '../core/explain.ts';
import type { Geo } from '../core/geo.ts';
import type { Finding, JudgedAccess } from '../core/scene.ts';
import { detectors } from './index.ts';
import type { Bygone } from './judge/bygone.ts';
import type { Inputs } from './judge/day.ts';
import { DayByDayJudge } from './judge/day-by-day.ts';
import type { Lesson } from './judge/lesson.ts';
import type { Fingerprint } from './judge/marks.ts';
import { numberOf } from './judge/opened.ts';

import { createRules, type Rules } from './rules.ts';

export interface JudgeOptions {
  readonly directory: Directory;
  readonly explainer: Explainer;
  readonly geo?: Geo;
  /** Which detectors, with which settings, for which client; by default all, as they come. */
  readonly rules?: Rules;
  /** How alerts were closed: what was benign teaches what is usual, what was not does not. */
  readonly closings?: Closings;
  /** Candidates below this score are not listed; where nothing of the day is unexplained, `explainedMore` above it. */
  readonly floor?: number;
  /** Of names of copied and written objects; keyed (HMAC) where it could be seen. It is never stored here. */
  readonly fingerprint?: Fingerprint;
}

/** What changed since it was last asked. A candidate replaces the one with its id; `withdrawn` ids are no longer so. */
export interface Judged {
  readonly candidates: readonly Candidate[];
  readonly withdrawn: readonly string[];
  readonly findings: readonly Finding[];
}

export interface Judge {
  /**
   * Any order, any client, any batch; handed back are those it had not had before. Accesses of a closed day are left out:
   * whoever has such must feed anew.
   */
  take(accesses: Iterable<JudgedAccess>): readonly JudgedAccess[];
  /** Judges every actor and day touched since the last call, earliest day first. */
  judge(): Judged;
  /** Teaches the baselines all open days up to and including this one (days since the epoch), and lets them go: what they taught. */
  close(day: number): readonly Lesson[];
  /** Teaches a judge that has had nothing yet what an earlier one learnt; earliest day first. */
  recall(lesson: Lesson): void;
  /** What retention removed of an open day, all of which that is left was taken. */
  bygone(day: number, bygone: Bygone): void;
  readonly openDays: readonly number[];
  /** What an open day is judged from, by client. */
  inputs(day: number): readonly Inputs[];
}

/** Rarer than one in 10^floor days of a person; below that it is not listed. About 23 a day in 1,000 staff. */
const scoreFloor = 1.4;

export function createJudge({
  directory,
  explainer,
  geo = () => undefined,
  rules = createRules(detectors),
  closings = noClosings,
  floor = scoreFloor,
  fingerprint = (text) => String(numberOf(text)),
}: JudgeOptions): Judge {
  return new DayByDayJudge({ directory, explainer, geo, rules, closings, floor, fingerprint });
}
