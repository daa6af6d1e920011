/** What an audit asks of one client's database. Nothing here hides a repeated batch or row, as readers' questions do. */
import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';
import { type BatchPlaces, batchRow, headerColumns, headerRow } from './batch-row.ts';

const streamRow = z.object({ collector: z.string(), first: z.number(), last: z.number(), accesses: z.number() });

/** The streams that have batches in the range, from the first such batch to the last. */
export const auditStreams: Query<{ from: Instant; until: Instant }, z.output<typeof streamRow>> = {
  name: 'audit-streams',
  row: streamRow,
  sql: `
    SELECT collector, min(seq) AS first, max(seq) AS last, sum("count") AS accesses
    FROM batches
    WHERE until_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND from_at  <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    GROUP BY collector
    ORDER BY collector`,
};

type Run = { collector: string; first: number; last: number };

/** Every stored batch of a run, by number. */
export const auditBatches: Query<Run, z.output<typeof batchRow>> = {
  name: 'audit-batches',
  row: batchRow,
  sql: `
    SELECT ${headerColumns}, base64Encode(value) AS value
    FROM batches
    WHERE collector = {collector:String} AND seq >= {first:UInt64} AND seq <= {last:UInt64}
    ORDER BY seq
    SETTINGS max_block_size = 64`,
};

const rowsRow = z.object({
  seq: z.number(),
  count: z.number(),
  digest: z.string(),
  past: z.array(z.tuple([z.number(), z.string()])),
});

/** Seen before these, by class, a row may be gone; ms. */
type Past = { classes: readonly string[]; befores: readonly number[] };

/**
 * The rows of each batch of a run whose time is not over, as one hash; the others each by its own. evidence/audit-rows.ts has
 * the fields and their order.
 */
export const auditRows = (fields: readonly string[]): Query<Run & Past, z.output<typeof rowsRow>> => ({
  name: 'audit-rows',
  row: rowsRow,
  sql: `
    SELECT seq, countIf(due) AS "count",
           lower(hex(SHA256(arrayStringConcat(arrayMap(row -> row.2, arraySort(row -> row.1, groupArrayIf(("index", row_digest), due))))))) AS digest,
           arraySort(groupArrayIf(("index", row_digest), NOT due)) AS past
    FROM (
      SELECT seq, "index",
             toUnixTimestamp64Milli(seen_at) >= transform(toString(class), {classes:Array(String)}, {befores:Array(Int64)}, toInt64(-9000000000000000)) AS due,
             hex(SHA256(concatWithSeparator('\\x1F', ${fields.map(textOf).join(', ')}))) AS row_digest
      FROM accesses
      WHERE collector = {collector:String} AND seq >= {first:UInt64} AND seq <= {last:UInt64})
    GROUP BY seq`,
});

const times = new Set(['at', 'seen_at']);
const numbers = new Set(['bytes', 'rows', 'count', 'index']);

function textOf(field: string): string {
  if (times.has(field)) return `toString(toUnixTimestamp64Milli(${field}))`;
  return numbers.has(field) ? `ifNull(toString("${field}"), '')` : `toString("${field}")`;
}

const strayRow = z.object({ collector: z.string(), seq: z.number(), count: z.number() });

/** Rows of a range, seen since a moment, whose batch is not there: some places of them. */
export const auditStrays: Query<{ from: Instant; until: Instant; seenFrom: Instant }, z.output<typeof strayRow>> = {
  name: 'audit-strays',
  row: strayRow,
  sql: `
    SELECT collector, seq, count() AS "count"
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      AND seen_at >= fromUnixTimestamp64Milli({seenFrom:Int64}, 'UTC')
      AND (collector, seq) NOT IN (SELECT collector, seq FROM batches)
    GROUP BY collector, seq
    ORDER BY collector, seq
    LIMIT 20`,
};

/** The signed headers of single batches, as `collector/seq` in the order asked for. */
export const auditHeaders: Query<BatchPlaces, z.output<typeof headerRow>> = {
  name: 'audit-headers',
  row: headerRow,
  sql: `
    SELECT ${headerColumns}
    FROM batches
    WHERE (collector, seq) IN (
      SELECT arrayJoin(arrayZip({collectors:Array(String)}, {seqs:Array(UInt64)})) AS place)`,
};
