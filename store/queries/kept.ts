/** What whoever has a duty next must know, by kind and key: ids and counts, in the firm's database. The latest version holds. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import { type Query, run, save } from '../query.ts';

/** `said`: by alert, what people were told. `mailed`: by client, the checkpoints. `counted`: by client, the rows that spread counts. `refused`: by day, alert and lander, batches. */
export type KeptKind = 'said' | 'mailed' | 'counted' | 'refused';

const row = z.object({ key: z.string(), value: z.string() });

const keptOfKind: Query<{ kind: string; since: string }, z.output<typeof row>> = {
  name: 'kept-of-kind',
  row,
  sql: 'SELECT key, value FROM kept FINAL WHERE kind = {kind:String} AND key >= {since:String} ORDER BY key',
};

/** In the order of their keys, from the key `since` on. */
export async function keptOf(
  db: ClickHouseClient,
  kind: KeptKind,
  signal: AbortSignal,
  since = '',
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { key, value } of run(db, keptOfKind, { kind, since }, signal)) found.set(key, value);
  return found;
}

/** On disk when it resolves. `version`: ms. */
export const saveKept = (
  db: ClickHouseClient,
  kind: KeptKind,
  entries: ReadonlyMap<string, string>,
  version: Instant,
  signal: AbortSignal,
): Promise<void> =>
  save(
    db,
    'kept',
    { question: 'save-kept', values: [...entries].map(([key, value]) => ({ kind, key, value, version })) },
    signal,
  );
