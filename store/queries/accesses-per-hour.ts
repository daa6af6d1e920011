import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';

/** `hour`: hours since the epoch. */
const row = z.object({ hour: z.number(), accesses: z.number() });

/** How many rows of one client lie in each hour that has any, earliest first. */
export const accessesPerHour: Query<{ from: Instant; until: Instant }, z.output<typeof row>> = {
  name: 'accesses-per-hour',
  row,
  sql: `
    SELECT intDiv(toUnixTimestamp64Milli(at), 3600000) AS hour, count() AS accesses
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    GROUP BY hour
    ORDER BY hour`,
};
