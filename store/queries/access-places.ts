import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';

const row = z.object({ id: z.string(), collector: z.string(), seq: z.number(), index: z.number() });

/** Where the accesses of a range lie, each id once, in order of time; `actor` '' is everybody. For bundles. */
export const accessPlaces: Query<{ from: Instant; until: Instant; actor: string }, z.output<typeof row>> = {
  name: 'access-places',
  row,
  sql: `
    SELECT id, collector, seq, "index"
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      AND ({actor:String} = '' OR actor = {actor:String})
    ORDER BY at, id, seq, "index"
    LIMIT 1 BY collector, id`,
};
