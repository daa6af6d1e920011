/** What a lander asks of one client's database: how far its streams and merges are. Nothing here sees what is in a batch. */
import { z } from 'zod';
import type { Query } from '../query.ts';
import { headerColumns, headerRow } from './batch-row.ts';

const spanRow = z.object({
  collector: z.string(),
  first: z.number(),
  next: z.number(),
  batches: z.number(),
  merge: z.number(),
});

/** Of each stream the first number stored, the one after the last, how many there are, and the last merge of a lane that brought any; 0: none did. */
export const streamSpans: Query<{ lane: string }, z.output<typeof spanRow>> = {
  name: 'stream-spans',
  row: spanRow,
  sql: `
    SELECT collector, min(seq) AS first, max(seq) + 1 AS next, uniqExact(seq) AS batches, maxIf(merge, lane = {lane:String}) AS merge
    FROM batches
    GROUP BY collector`,
};

const gapRow = z.object({ collector: z.string(), first: z.number(), last: z.number() });

/** Runs of numbers that are missing between two that are there; the latest of each stream, up to a limit, latest first. */
export const streamGaps: Query<{ limit: number }, z.output<typeof gapRow>> = {
  name: 'stream-gaps',
  row: gapRow,
  sql: `
    SELECT collector, seq + 1 AS first, following - 1 AS last
    FROM (
      SELECT collector, seq,
             leadInFrame(seq, 1, seq) OVER (PARTITION BY collector ORDER BY seq ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS following
      FROM (SELECT DISTINCT collector, seq FROM batches))
    WHERE following > seq + 1
    ORDER BY collector, seq DESC
    LIMIT {limit:UInt32} BY collector`,
};

const mergeRow = z.object({ merge: z.number(), lander: z.string() });

/** The merges of a lane that came after one, and whose they are. */
export const mergesAfter: Query<{ lane: string; after: number }, z.output<typeof mergeRow>> = {
  name: 'merges-after',
  row: mergeRow,
  sql: `
    SELECT DISTINCT merge, lander
    FROM batches
    WHERE merge > {after:UInt64} AND lane = {lane:String}`,
};

const claimedRow = headerRow.extend({ lander: z.string() });

/** The batches of one merge, one of each number and lander. */
export const batchesOfMerge: Query<{ lane: string; number: number }, z.output<typeof claimedRow>> = {
  name: 'batches-of-merge',
  row: claimedRow,
  sql: `
    SELECT ${headerColumns}, lander
    FROM batches
    WHERE lane = {lane:String} AND merge = {number:UInt64}
    ORDER BY lander, collector, seq
    LIMIT 1 BY lander, collector, seq`,
};
