/**
 * What closed days taught the judge, kept so that a restart need not judge them again: a client's part in its own database,
 * counts over all clients in the firm's. `state` says of which accesses and facts a day was made; who reads compares it.
 */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { isoOf } from '../../core/time.ts';
import { type Query, run, save } from '../query.ts';

const dayMs = 86_400_000;
const dateOf = (day: number): string => isoOf(day * dayMs).slice(0, 10);

/** The lesson is JSON: its shape is the judge's own affair, and `state` changes with it. */
export interface LessonRow {
  readonly day: number;
  readonly state: string;
  readonly lesson: string;
  /** Objects that were opened, as numbers of 53 bits: too many for text. None at the firm's level. */
  readonly opened?: readonly number[];
}

/** `version`: when it was judged, ms; a later lesson of the same day replaces an earlier one. */
export const saveLessonRows = (
  db: ClickHouseClient,
  lessons: readonly LessonRow[],
  version: number,
  signal: AbortSignal,
): Promise<void> =>
  save(
    db,
    'lessons',
    { question: 'save-lessons', values: lessons.map(({ day, ...row }) => ({ day: dateOf(day), ...row, version })) },
    signal,
  );

type Days = { from: number; until: number };
const dayNumber = 'toUInt32(toRelativeDayNum(lessons.day))';
const within = 'toRelativeDayNum(lessons.day) >= {from:UInt32} AND toRelativeDayNum(lessons.day) < {until:UInt32}';

const stateRow = z.object({ day: z.number(), state: z.string() });

/** Of the firm: which days are kept, and of what each was made. */
const statesKept: Query<Record<string, never>, z.output<typeof stateRow>> = {
  name: 'lesson-states',
  row: stateRow,
  sql: `SELECT ${dayNumber} AS day, state FROM lessons FINAL`,
};

const firmRow = z.object({ day: z.number(), state: z.string(), lesson: z.string() });

const firmLessonsKept: Query<Days, LessonRow> = {
  name: 'firm-lessons',
  row: firmRow,
  sql: `SELECT ${dayNumber} AS day, state, lesson FROM lessons FINAL WHERE ${within}`,
};

const clientLessonsKept: Query<Days, Required<LessonRow>> = {
  name: 'client-lessons',
  row: firmRow.extend({ opened: z.array(z.number()) }),
  sql: `
    SELECT ${dayNumber} AS day, state, lesson, arrayMap(x -> toFloat64(x), lessons.opened) AS opened
    FROM lessons FINAL WHERE ${within}`,
};

export async function lessonStates(db: ClickHouseClient, signal: AbortSignal): Promise<Map<number, string>> {
  const states = new Map<number, string>();
  for await (const { day, state } of run(db, statesKept, {}, signal)) states.set(day, state);
  return states;
}

/** `from` <= day < `until`, days since the epoch; in no order. */
export const firmLessons = (db: ClickHouseClient, days: Days, signal: AbortSignal): AsyncIterable<LessonRow> =>
  run(db, firmLessonsKept, days, signal);

export const clientLessons = (
  db: ClickHouseClient,
  days: Days,
  signal: AbortSignal,
): AsyncIterable<Required<LessonRow>> => run(db, clientLessonsKept, days, signal);
