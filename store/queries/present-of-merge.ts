import { z } from 'zod';
import type { Query } from '../query.ts';
import type { BatchPlaces } from './batch-row.ts';

const batch = z.object({ collector: z.string(), seq: z.number() });
const access = batch.extend({ index: z.number() });

const these = `(collector, seq) IN (
      SELECT toString(pair.1), pair.2
      FROM (SELECT arrayJoin(arrayZip({collectors:Array(String)}, {seqs:Array(UInt64)})) AS pair))`;

/** Which of these sealed batches are stored: asked before an insert is repeated that may have been taken. */
export const presentBatches: Query<BatchPlaces, z.output<typeof batch>> = {
  name: 'present-batches',
  row: batch,
  sql: `
    SELECT collector, seq
    FROM batches
    WHERE ${these}`,
};

/** Which accesses of these batches are stored; their own times bound where is looked. */
export const presentAccesses: Query<BatchPlaces & { from: number; until: number }, z.output<typeof access>> = {
  name: 'present-accesses',
  row: access,
  sql: `
    SELECT collector, seq, "index"
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      AND ${these}`,
};

const counted = batch.extend({ accesses: z.number() });

/** How many accesses of each of these batches are stored. */
export const countedAccesses: Query<BatchPlaces & { from: number; until: number }, z.output<typeof counted>> = {
  name: 'counted-accesses',
  row: counted,
  sql: `
    SELECT collector, seq, uniqExact("index") AS accesses
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      AND ${these}
    GROUP BY collector, seq`,
};
