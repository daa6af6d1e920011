import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';

const row = z.object({ collector: z.string(), seq: z.number(), accesses: z.number() });

/** How many rows of one client in a range lie in each batch, in the order of the batches. */
export const accessesPerBatch: Query<{ from: Instant; until: Instant }, z.output<typeof row>> = {
  name: 'accesses-per-batch',
  row,
  sql: `
    SELECT collector, seq, count() AS accesses
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    GROUP BY collector, seq
    ORDER BY collector, seq`,
};
