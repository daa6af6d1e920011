import type { z } from 'zod';
import type { Query } from '../query.ts';
import { batchRow, headerColumns } from './batch-row.ts';

/** One sealed batch, or none. */
export const batchByNumber: Query<{ collector: string; seq: number }, z.output<typeof batchRow>> = {
  name: 'batch-by-number',
  row: batchRow,
  sql: `
    SELECT ${headerColumns}, base64Encode(value) AS value
    FROM batches
    WHERE collector = {collector:String} AND seq = {seq:UInt64}
    LIMIT 1`,
};
