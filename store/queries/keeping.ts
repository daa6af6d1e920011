/** Legal holds and changes of retention as they are stored: never rewritten. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import { all, type Query, save } from '../query.ts';

const row = z.object({ block: z.string(), sig: z.string() });
type Row = z.output<typeof row>;

/** In order of their numbers, each once. */
const entriesKept: Query<Record<string, never>, Row> = {
  name: 'keeping',
  row,
  sql: 'SELECT block, sig FROM keeping ORDER BY n, at, sig LIMIT 1 BY n, block, sig',
};

export const keepingEntries = (db: ClickHouseClient, signal: AbortSignal): Promise<Row[]> =>
  all(db, entriesKept, {}, signal);

export const saveKeeping = (
  db: ClickHouseClient,
  values: readonly (Row & { readonly n: number; readonly at: Instant })[],
  signal: AbortSignal,
): Promise<void> => save(db, 'keeping', { question: 'save-keeping', values }, signal);
