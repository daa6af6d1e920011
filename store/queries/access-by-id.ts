import type { Access } from '../../core/types.ts';
import type { Query } from '../query.ts';
import { accessColumns, accessRow } from './access-row.ts';

/** One access by its id, or none. */
export const accessById: Query<{ id: string }, Access> = {
  name: 'access-by-id',
  row: accessRow,
  sql: `
    SELECT ${accessColumns}
    FROM accesses
    WHERE id = toFixedString({id:String}, 32)
    ORDER BY at, seq, "index"
    LIMIT 1`,
};
