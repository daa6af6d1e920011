import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';

/** `begin`: ms since the epoch. */
const row = z.object({ begin: z.number(), accesses: z.number() });

/** How many rows of one client lie in each span that has any, earliest first; spans are counted from the epoch. */
export const accessesPerSpan: Query<{ from: Instant; until: Instant; spanMs: number }, z.output<typeof row>> = {
  name: 'accesses-per-span',
  row,
  sql: `
    SELECT intDiv(toUnixTimestamp64Milli(at), {spanMs:Int64}) * {spanMs:Int64} AS begin, count() AS accesses
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    GROUP BY begin
    ORDER BY begin`,
};
