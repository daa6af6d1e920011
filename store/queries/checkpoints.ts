/** Checkpoints as they are stored, and the heads they are made from. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import { type Query, save } from '../query.ts';

const row = z.object({ block: z.string(), sig: z.string() });
type Row = z.output<typeof row>;

/** All of them, in order of their numbers, from number `first` on. */
export const checkpointsFrom: Query<{ first: number; limit: number }, Row> = {
  name: 'checkpoints-from',
  row,
  sql: `
    SELECT block, sig FROM checkpoints
    WHERE number >= {first:UInt64}
    ORDER BY number, sig
    LIMIT 1 BY number, block, sig
    LIMIT {limit:UInt64}`,
};

/** Those made in a range, and the last there is, from number `first` on. */
export const checkpointsOfRange: Query<{ from: Instant; until: Instant; first: number; limit: number }, Row> = {
  name: 'checkpoints-of-range',
  row,
  sql: `
    SELECT block, sig FROM checkpoints
    WHERE number >= {first:UInt64}
      AND (at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
           OR number = (SELECT max(number) FROM checkpoints))
    ORDER BY number
    LIMIT {limit:UInt64}`,
};

/** The one with the highest number; none, or one row. */
export const lastCheckpoint: Query<Record<string, never>, Row> = {
  name: 'last-checkpoint',
  row,
  sql: 'SELECT block, sig FROM checkpoints ORDER BY number DESC LIMIT 1',
};

/** On disk when it resolves. Throws as `run` does. */
export async function saveCheckpoints(
  db: ClickHouseClient,
  values: readonly (Row & { readonly number: number; readonly at: Instant })[],
  signal: AbortSignal,
): Promise<void> {
  await save(db, 'checkpoints', { question: 'save-checkpoints', values }, signal);
}
