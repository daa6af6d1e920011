import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';

const row = z.object({ collector: z.string(), first: z.number(), last: z.number() });

/** The numbers of the first and last batch of each stream that reach into a range. */
export const streamsOfRange: Query<{ from: Instant; until: Instant }, z.output<typeof row>> = {
  name: 'streams-of-range',
  row,
  sql: `
    SELECT collector, min(seq) AS first, max(seq) AS last
    FROM batches
    WHERE until_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND from_at  <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    GROUP BY collector
    ORDER BY collector`,
};
