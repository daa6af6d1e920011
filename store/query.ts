/** Runs one question against the store. Values travel as bound parameters, never inside the text. */
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import type { z } from 'zod';
import { Fault } from '../core/errors.ts';

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
  try {
    const result = await db.query({
      query: query.sql,
      query_params: params,
      format: 'JSONEachRow',
      abort_signal: signal,
      clickhouse_settings: { log_comment: query.name },
    });
    const summary = result.response_headers['x-clickhouse-summary'];
    if (told.onSummary && typeof summary === 'string') {
      const { elapsed_ns = '0', read_rows = '0' } = JSON.parse(summary) as Record<string, string>;
      told.onSummary({ elapsedMs: Number(elapsed_ns) / 1e6, rowsRead: Number(read_rows) });
    }
    for await (const rows of result.stream<unknown>()) {
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

/** Too many rows, too long, too much memory: the limits of a reader's profile (ClickHouse ErrorCodes.cpp). */
const limitCodes = new Set(['158', '159', '241', '307', '396']);

/** What an error of the store's means to whoever has to decide about a retry. Anything that is no error of the store's stays what it is. */
export function asFault(error: unknown, question: string, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof Fault) return error;
  if (error instanceof ClickHouseError) {
    const why = limitCodes.has(error.code) ? 'it passes a limit of readers; ask for a shorter range' : error.type;
    const about = { question, code: Number(error.code) };
    return new Fault('STORE_REFUSED', `the store did not answer \`${question}\`: ${why}`, about, error);
  }
  if (error instanceof Error && 'code' in error) {
    return new Fault('STORE_UNREACHABLE', `the store cannot be reached (${error.code})`, { question }, error);
  }
  return error;
}
