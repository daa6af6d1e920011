import type { Access } from '../../core/types.ts';
import type { Query } from '../query.ts';
import { accessColumns, accessRow } from './access-row.ts';

/** Accesses by their ids, each once, oldest first, at most `limit`. */
export const accessesByIds: Query<{ ids: readonly string[]; limit: number }, Access> = {
  name: 'accesses-by-ids',
  row: accessRow,
  sql: `
    SELECT ${accessColumns}
    FROM accesses
    WHERE id IN (SELECT toFixedString(arrayJoin({ids:Array(String)}), 32))
    ORDER BY at, id, seq, "index"
    LIMIT 1 BY collector, id
    LIMIT {limit:UInt32}`,
};
