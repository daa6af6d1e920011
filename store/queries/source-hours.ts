import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';

const row = z.object({
  source: z.string(),
  hour: z.number(),
  accesses: z.number(),
  ahead: z.number(),
  aheadMs: z.number(),
});

/** In which hours each source said anything of one client, and how many of its stamps lie ahead of their arrival, and how far. */
export const sourceHours: Query<{ from: Instant; toleranceMs: number }, z.output<typeof row>> = {
  name: 'source-hours',
  row,
  sql: `
    SELECT source, toUnixTimestamp(toStartOfHour(at)) * 1000 AS hour, uniqExact(id) AS accesses,
           uniqExactIf(id, toUnixTimestamp64Milli(at) > toUnixTimestamp64Milli(seen_at) + {toleranceMs:Int64}) AS ahead,
           max(toUnixTimestamp64Milli(at) - toUnixTimestamp64Milli(seen_at)) AS aheadMs
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    GROUP BY source, hour`,
};
