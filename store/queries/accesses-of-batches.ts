import type { Access, Instant } from '../../core/types.ts';
import type { Query } from '../query.ts';
import { accessColumns, accessRow } from './access-row.ts';

/** From the first batch to the last, both included, in the order of collectors' names and of numbers. */
export type BatchSpan = {
  readonly firstCollector: string;
  readonly firstSeq: number;
  readonly lastCollector: string;
  readonly lastSeq: number;
};

type Asked = { from: Instant; until: Instant } & BatchSpan;

const inRange = `
  at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')`;
const first = '({firstCollector:String}, {firstSeq:UInt64})';
const inSpan = `(toString(collector), seq) >= ${first} AND (toString(collector), seq) <= ({lastCollector:String}, {lastSeq:UInt64})`;

/** What `accessesExport` says of the same range, cut by batches: what lies in an earlier batch as well is left out here. */
export const accessesOfBatches: Query<Asked, Access> = {
  name: 'accesses-of-batches',
  row: accessRow,
  sql: `
    SELECT ${accessColumns}
    FROM accesses
    WHERE ${inRange} AND ${inSpan}
      AND (collector, id) NOT IN (
        SELECT collector, id FROM accesses
        WHERE ${inRange} AND (toString(collector), seq) < ${first}
          AND (collector, id) IN (SELECT collector, id FROM accesses WHERE ${inRange} AND ${inSpan}))
    ORDER BY collector, seq, "index"
    LIMIT 1 BY collector, id`,
};
