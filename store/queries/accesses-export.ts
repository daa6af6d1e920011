import type { Access, Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';
import { accessColumns, accessRow } from './access-row.ts';

/** Every access of one client in a range, each once, in the order of the batches they lie in. */
export const accessesExport: Query<{ from: Instant; until: Instant }, Access> = {
  name: 'accesses-export',
  row: accessRow,
  sql: `
    SELECT ${accessColumns}
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    ORDER BY collector, seq, "index"
    LIMIT 1 BY collector, id`,
};
