import type { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';
import { batchRow, headerColumns } from './batch-row.ts';

/** The sealed batches that hold an access of the range, in the order of their streams. */
export const batchesOfRange: Query<{ from: Instant; until: Instant }, z.output<typeof batchRow>> = {
  name: 'batches-of-range',
  row: batchRow,
  sql: `
    SELECT ${headerColumns}, base64Encode(value) AS value
    FROM batches
    WHERE (collector, seq) IN (
      SELECT collector, seq FROM accesses
      WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC'))
    ORDER BY collector, seq
    LIMIT 1 BY collector, seq
    SETTINGS max_block_size = 64`,
};
