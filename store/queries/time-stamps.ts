/** Time stamps of checkpoints as they are stored. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import { all, type Query, save } from '../query.ts';

/** `at`: what the authority said, ms. */
const row = z.object({ number: z.number(), at: z.number(), token: z.string() });
export type TimeStampRow = z.output<typeof row>;

const columns = 'number, toUnixTimestamp64Milli(time_stamps.at) AS at, token';

const stampsKept: Query<{ from: Instant; until: Instant; limit: number }, TimeStampRow> = {
  name: 'time-stamps',
  row,
  sql: `
    SELECT ${columns} FROM time_stamps
    WHERE time_stamps.at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND time_stamps.at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    ORDER BY number, at LIMIT 1 BY number, token LIMIT {limit:UInt64}`,
};

const lastKept: Query<Record<string, never>, TimeStampRow> = {
  name: 'last-time-stamp',
  row,
  sql: `SELECT ${columns} FROM time_stamps ORDER BY time_stamps.at DESC LIMIT 1`,
};

/** Those made in a range, by the number of their checkpoint. */
export const timeStamps = (
  db: ClickHouseClient,
  asked: { readonly from: Instant; readonly until: Instant; readonly limit: number },
  signal: AbortSignal,
): Promise<TimeStampRow[]> => all(db, stampsKept, asked, signal);

export async function lastTimeStamp(db: ClickHouseClient, signal: AbortSignal): Promise<TimeStampRow | undefined> {
  const [last] = await all(db, lastKept, {}, signal);
  return last;
}

export const saveTimeStamp = (db: ClickHouseClient, stamp: TimeStampRow, signal: AbortSignal): Promise<void> =>
  save(db, 'time_stamps', { question: 'save-time-stamp', values: [stamp] }, signal);
