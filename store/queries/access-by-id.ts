import type { Access } from '../../core/types.ts';
import type { Query } from '../query.ts';
import { accessColumns, accessRow } from './access-row.ts';

/** An access by its id; several only where collectors made the same id, as a forged one could be. */
export const accessById: Query<{ id: string }, Access> = {
  name: 'access-by-id',
  row: accessRow,
  sql: `
    SELECT ${accessColumns}
    FROM accesses
    WHERE id = toFixedString({id:String}, 32)
    ORDER BY at, collector, seq, "index"
    LIMIT 1 BY collector, id
    LIMIT 16`,
};
