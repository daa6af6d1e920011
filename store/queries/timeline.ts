import type { Access, Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';
import { accessColumns, accessRow } from './access-row.ts';

export interface TimelineFilter {
  /** A person or service; or the account of an access that nobody owns. */
  readonly actor?: string | undefined;
  /** What the object's name, or the name it was moved or copied to, begins with. */
  readonly object?: string | undefined;
}

export type TimelineParams = Readonly<Record<string, unknown>> & {
  readonly from: Instant;
  readonly until: Instant;
  readonly limit: number;
  readonly actor: string;
  readonly object: string;
};

/** What happened to one client's data, in order, each access once. The id breaks ties, so that two readings of one range are the same. */
export const timeline = ({ actor, object }: TimelineFilter): Query<TimelineParams, Access> => ({
  name: 'timeline',
  row: accessRow,
  sql: `
    SELECT ${accessColumns}
    FROM accesses
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <  fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      ${actor === undefined ? '' : `AND (actor = {actor:String} OR (actor = '' AND account = {actor:String}))`}
      ${object === undefined ? '' : 'AND (startsWith(object, {object:String}) OR startsWith(object_to, {object:String}))'}
    ORDER BY at, id, seq, "index"
    LIMIT 1 BY collector, id
    LIMIT {limit:UInt64}`,
});
