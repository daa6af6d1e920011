/** Runs one question against the store. Values travel as bound parameters, never inside the text. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings } from '@clickhouse/client';
import type { z } from 'zod';
import { Fault, isFault } from '../core/errors.ts';
import { noting } from './reads/noted.ts';
import { isNotWhole, onReplica } from './replicas.ts';

const attemptsMax = 6;
const attemptWaitMs = 200;
/** At least half a minute. */
const deathsAttemptsMax = 150;

/** A statement, its parameters and the shape of its rows, side by side. */
export interface Query<Params extends Record<string, unknown>, Row> {
  readonly name: string;
  readonly sql: string;
  readonly row: z.ZodType<Row>;
  /** Never read: it only ties the parameters' type to the statement. */
  readonly params?: Params;
}

/** Where to look at what the server says of the work it did. */
export interface Told {
  /** Nanoseconds in the server, rows and bytes read: the X-ClickHouse-Summary header. */
  onSummary?(summary: { readonly elapsedMs: number; readonly rowsRead: number }): void;
}

/**
 * Rows in the server's order, block by block, as they arrive. Throws STORE_UNREACHABLE when the store cannot be
 * reached, STORE_REFUSED when it says no.
 */
export async function* run<Params extends Record<string, unknown>, Row>(
  db: ClickHouseClient,
  query: Query<Params, Row>,
  params: Params,
  signal: AbortSignal,
  told: Told = {},
): AsyncGenerator<Row> {
  const heard = noting(db, query.sql, params);
  try {
    const result = await onReplica(db, (one) =>
      one.query({
        query: query.sql,
        query_params: params,
        format: 'JSONEachRow',
        abort_signal: signal,
        clickhouse_settings: { log_comment: query.name },
      }),
    );
    const summary = result.response_headers['x-clickhouse-summary'];
    if (told.onSummary && typeof summary === 'string') {
      const { elapsed_ns = '0', read_rows = '0' } = JSON.parse(summary) as Record<string, string>;
      told.onSummary({ elapsedMs: Number(elapsed_ns) / 1e6, rowsRead: Number(read_rows) });
    }
    for await (const rows of result.stream<unknown>()) {
      heard(rows.length);
      for (const row of rows) yield query.row.parse(row.json());
    }
  } catch (error) {
    throw asFault(error, query.name, signal);
  }
}

/** All rows of a question whose answer is small. */
export async function all<Params extends Record<string, unknown>, Row>(
  db: ClickHouseClient,
  query: Query<Params, Row>,
  params: Params,
  signal: AbortSignal,
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of run(db, query, params, signal)) rows.push(row);
  return rows;
}

/** Rows into a table; on disk when it resolves. Throws as `run` does. */
export async function save(
  db: ClickHouseClient,
  table: string,
  given: { readonly question: string; readonly values: readonly object[]; readonly settings?: ClickHouseSettings },
  signal: AbortSignal,
): Promise<void> {
  const { question, values, settings } = given;
  if (values.length === 0) return;
  await asked(question, signal, () =>
    db.insert({
      table,
      values,
      format: 'JSONEachRow',
      abort_signal: signal,
      clickhouse_settings: { ...settings, log_comment: question },
    }),
  );
}

/** What the store answers, or a Fault as `run` throws it. */
export async function asked<Answer>(
  question: string,
  signal: AbortSignal,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    throw asFault(error, question, signal);
  }
}

/** Done again when the store died under it, as what may be done twice can be: the store is started again meanwhile. */
export async function untilAnswered<Answer>(
  signal: AbortSignal,
  work: () => Promise<Answer>,
  most = attemptsMax,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || attempt >= most || !isFault(error, 'STORE_UNREACHABLE')) throw error;
      await sleep(attemptWaitMs, undefined, { signal });
    }
  }
}

/** The same over a server that is started again when it dies, for as long as it is: what began `work` may have died in the middle of it. */
export function overDeaths<Answer>(
  { failed }: { readonly failed: Promise<never> },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const givenUp = new AbortController();
  failed.catch((fault: unknown) => givenUp.abort(fault));
  const until = AbortSignal.any([signal, givenUp.signal]);
  return untilAnswered(until, () => work(until), deathsAttemptsMax);
}

/** Too many rows, too long, too much memory, too often: the limits of a reader's profile (ClickHouse ErrorCodes.cpp). */
const limitCodes = new Set(['158', '159', '201', '241', '307', '396']);

/** What an error of the store's means to whoever has to decide about a retry; of a question that was given up, why. Anything that is no error of the store's stays what it is. */
export function asFault(error: unknown, question: string, signal: AbortSignal): unknown {
  if (error instanceof Fault) return error;
  // The client has an error of its own for it, which says nothing of why.
  if (signal.aborted) return signal.reason;
  if (error instanceof ClickHouseError) {
    const why = limitCodes.has(error.code) ? 'it passes a limit of readers; ask for a shorter range' : error.type;
    const about = { question, code: Number(error.code) };
    if (isNotWhole(error))
      return new Fault('STORE_UNREACHABLE', `the store's replicas are not whole (${error.type})`, about, error);
    return new Fault('STORE_REFUSED', `the store did not answer \`${question}\`: ${why}`, about, error);
  }
  // By what it has, for errors of Node's own are of another realm under some runners.
  if (typeof error !== 'object' || error === null) return error;
  if ('cause' in error && error.cause instanceof Fault) return error.cause;
  if ('code' in error) {
    return new Fault('STORE_UNREACHABLE', `the store cannot be reached (${error.code})`, { question }, error);
  }
  return error;
}
