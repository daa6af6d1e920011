/** Spread: per actor, client and hour, counts. The only data about several clients there is; no object's name is in it. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { AccessClass, Action, Instant, Outcome } from '../../core/types.ts';
import { type Query, save } from '../query.ts';

const insertRowsMax = 50_000;

export interface SpreadRow {
  /** ISO 8601: the hour's beginning, UTC. */
  readonly hour: string;
  /** '' for an account that is nobody's. */
  readonly actor: string;
  readonly tenant: string;
  readonly class: AccessClass;
  readonly action: Action;
  readonly outcome: Outcome;
  readonly explained: number;
  readonly unexplained: number;
}

/** `version`: when it was counted, ms; a later count of the same hour replaces an earlier one. */
export async function saveSpread(
  db: ClickHouseClient,
  rows: readonly SpreadRow[],
  version: number,
  signal: AbortSignal,
): Promise<void> {
  // One insert holds what was touched of all months; a rollup of an imported history has many.
  const settings = { max_partitions_per_insert_block: '0' };
  for (let i = 0; i < rows.length; i += insertRowsMax) {
    const values = rows.slice(i, i + insertRowsMax).map((row) => ({ ...row, version }));
    await save(db, 'spread', { question: 'save-spread', values, settings }, signal);
  }
}

const row = z.object({
  hour: z.number(),
  actor: z.string(),
  tenant: z.string(),
  action: z.string(),
  explained: z.number(),
  unexplained: z.number(),
});

export type SpreadCount = z.output<typeof row>;

type Asked = { from: Instant; until: Instant; actor: string; tenant: string };

/** What one actor reached, or who reached one client: by hour, actor, client and action. Give '' for the one not asked about. */
export const spreadOf: Query<Asked, SpreadCount> = {
  name: 'spread-of',
  row,
  sql: `
    SELECT toUnixTimestamp(hour) * 1000 AS hour, actor, tenant, action,
           sum(spread.explained) AS explained, sum(spread.unexplained) AS unexplained
    FROM spread FINAL
    WHERE spread.hour >= toDateTime({from:Int64} / 1000, 'UTC') AND spread.hour < toDateTime({until:Int64} / 1000, 'UTC')
      AND ({actor:String} = '' OR actor = {actor:String})
      AND ({tenant:String} = '' OR tenant = {tenant:String})
    GROUP BY hour, actor, tenant, action
    ORDER BY hour, actor, tenant, action`,
};

const objectsRow = z.object({ actor: z.string(), objects: z.number() });

/** Asked of one client as its reader: how many different objects each actor reached. Names stay where they are. */
export const objectsReached: Query<Omit<Asked, 'tenant'>, z.output<typeof objectsRow>> = {
  name: 'objects-reached',
  row: objectsRow,
  sql: `
    SELECT actor, uniqExact(object) AS objects
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      AND ({actor:String} = '' OR actor = {actor:String}) AND object != ''
    GROUP BY actor`,
};
