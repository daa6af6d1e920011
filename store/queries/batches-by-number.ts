import type { z } from 'zod';
import type { Query } from '../query.ts';
import { type BatchPlaces, batchRow, headerColumns } from './batch-row.ts';

/** The sealed batches of these names, in no order; one that is not there is left out. */
export const batchesByNumber: Query<BatchPlaces, z.output<typeof batchRow>> = {
  name: 'batches-by-number',
  row: batchRow,
  sql: `
    SELECT ${headerColumns}, base64Encode(value) AS value
    FROM batches
    WHERE (collector, seq) IN (
      SELECT arrayJoin(arrayZip({collectors:Array(String)}, {seqs:Array(UInt64)})) AS place)
    LIMIT 1 BY collector, seq`,
};
