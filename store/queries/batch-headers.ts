import type { z } from 'zod';
import type { Query } from '../query.ts';
import { headerColumns, headerRow } from './batch-row.ts';

/** The signed headers of one stream, `first` to `last` included, by number. */
export const batchHeaders: Query<{ collector: string; first: number; last: number }, z.output<typeof headerRow>> = {
  name: 'batch-headers',
  row: headerRow,
  sql: `
    SELECT ${headerColumns}
    FROM batches
    WHERE collector = {collector:String} AND seq >= {first:UInt64} AND seq <= {last:UInt64}
    ORDER BY seq
    LIMIT 1 BY seq`,
};
