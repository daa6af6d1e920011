/** What landed in one client's database, by its merges: asked as the witness, who sees headers of batches and nothing in them. */
import { z } from 'zod';
import type { Query } from '../query.ts';

const laneRow = z.object({ lane: z.string(), merge: z.number(), batches: z.number() });

/** Of each lane the last merge, and how many batches there are. '' is the lane of those that no lander brought. */
export const laneEnds: Query<Record<string, never>, z.output<typeof laneRow>> = {
  name: 'lane-ends',
  row: laneRow,
  sql: 'SELECT lane, max(batches.merge) AS merge, count() AS batches FROM batches GROUP BY lane',
};

const landedRow = z.object({
  collector: z.string(),
  seq: z.number(),
  count: z.number(),
  from: z.string(),
  until: z.string(),
  lane: z.string(),
  merge: z.number(),
});

/** Batches of these lanes from a merge of each on, by merge, up to a limit. The first number of one list belongs to the first lane of the other. */
export const landedSince: Query<
  { lanes: readonly string[]; merges: readonly number[]; least: number; limit: number },
  z.output<typeof landedRow>
> = {
  name: 'landed-since',
  row: landedRow,
  sql: `
    SELECT collector, seq, "count", "from", until, lane, merge
    FROM batches
    WHERE merge >= {least:UInt64} AND lane IN {lanes:Array(String)}
      AND merge >= transform(toString(lane), {lanes:Array(String)}, {merges:Array(UInt64)}, toUInt64(0))
    ORDER BY batches.merge
    LIMIT {limit:UInt32}`,
};
