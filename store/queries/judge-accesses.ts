/** What the judge reads of one client: few columns, some days at a time, in whatever order the parts lie in. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { JudgedAccess } from '../../core/scene.ts';
import type { AccessClass, Action, ActorKind, Instant, Outcome } from '../../core/types.ts';
import { asFault, asked } from '../query.ts';
import { noting } from '../reads/noted.ts';
import { missingRecords } from './access-row.ts';

/** Accesses of one UTC day (days since the epoch). */
export interface DayCount {
  readonly day: number;
  /** Distinct ones: what a platform delivered twice counts once. */
  readonly accesses: number;
  /** The last arrival. */
  readonly seenUntil: Instant;
}

/** How many accesses there are on each day of which some are at `from` <= at < `until`, earliest first. */
export async function countDays(
  db: ClickHouseClient,
  range: { readonly from: Instant; readonly until: Instant },
  signal: AbortSignal,
): Promise<DayCount[]> {
  const heard = noting(db, 'judge-count-days', range);
  const days = await asked('judge-count-days', signal, async () => {
    const result = await db.query({
      query: `
        SELECT toUInt32(toRelativeDayNum(at)) AS day, uniqExact(cityHash64(collector, id)), toUnixTimestamp64Milli(max(seen_at))
        FROM accesses
        WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
        GROUP BY day ORDER BY day`,
      query_params: { ...range },
      format: 'JSONCompactEachRow',
      abort_signal: signal,
      clickhouse_settings: { log_comment: 'judge-count-days', output_format_json_quote_64bit_integers: 0 },
    });
    return await result.json<[number, number, number]>();
  });
  heard(days.length);
  return days.map(([day, accesses, seenUntil]) => ({
    day,
    accesses,
    seenUntil,
  }));
}

/** The first and the last day with accesses; nothing where there are none. */
export async function extentOfAccesses(
  db: ClickHouseClient,
  signal: AbortSignal,
): Promise<[first?: number, last?: number]> {
  const heard = noting(db, 'extent-of-accesses', {});
  const rows = await asked('extent-of-accesses', signal, async () => {
    const result = await db.query({
      query:
        'SELECT toUInt32(toRelativeDayNum(min(at))), toUInt32(toRelativeDayNum(max(at))) FROM accesses HAVING count() > 0',
      format: 'JSONCompactEachRow',
      abort_signal: signal,
      clickhouse_settings: { log_comment: 'extent-of-accesses' },
    });
    return await result.json<[number, number]>();
  });
  heard(rows.length);
  return rows[0] ?? [];
}

type Row = readonly [
  id: string,
  at: Instant,
  seenAt: Instant,
  source: string,
  accessClass: AccessClass,
  action: Action,
  outcome: Outcome,
  actor: string,
  account: string,
  actorKind: ActorKind,
  object: string,
  objectKind: string,
  objectTo: string,
  ip: string,
  country: string,
  host: string,
  app: string,
  session: string,
  bytes: number | null,
  rows: number | null,
  count: number,
  missingBefore: string,
  batch?: string,
];

const columns = `
  SELECT id, toUnixTimestamp64Milli(at), toUnixTimestamp64Milli(seen_at), source, class, action, outcome, actor,
         account, actor_kind, object, object_kind, object_to, ip, country, host, app, session, bytes, rows, count, missing_before`;
const within = `
  FROM accesses
  WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')`;

const sql = `${columns}${within}`;

/** Of batches that have just landed, `collector/seq`, each row with the name of its own. The range spares the server the rest of the table. */
const landedSql = `${columns}, concat(collector, '/', toString(seq)) AS batch${within} AND batch IN {batches:Array(String)}`;

/** `from` <= at < `until`. */
export interface JudgedRange {
  readonly from: Instant;
  readonly until: Instant;
  /** Only what is in these, as `collector/seq`. */
  readonly batches?: readonly string[];
  /** Counts the rows of each of them. */
  readonly found?: Map<string, number>;
}

/** A platform's double delivery may be in it twice; the judge counts an id once. */
export async function* judgeAccesses(
  db: ClickHouseClient,
  tenant: string,
  { found, ...range }: JudgedRange,
  signal: AbortSignal,
): AsyncGenerator<JudgedAccess[]> {
  const heard = noting(db, sql, range);
  try {
    const result = await db.query({
      query: range.batches === undefined ? sql : landedSql,
      query_params: { ...range },
      format: 'JSONCompactEachRow',
      abort_signal: signal,
      clickhouse_settings: { log_comment: 'judge-accesses', output_format_json_quote_64bit_integers: 0 },
    });
    for await (const rows of result.stream<Row>()) {
      heard(rows.length);
      yield rows.map((row) => {
        const values = row.json<Row>();
        const batch = values[22];
        if (batch !== undefined) found?.set(batch, (found.get(batch) ?? 0) + 1);
        return accessOf(values, tenant);
      });
    }
  } catch (error) {
    throw asFault(error, 'judge-accesses', signal);
  }
}

const known = (text: string): string | undefined => (text === '' ? undefined : text);

function accessOf(row: Row, tenant: string): JudgedAccess {
  return {
    id: row[0],
    at: row[1],
    seenAt: row[2],
    tenant,
    source: row[3],
    class: row[4],
    action: row[5],
    outcome: row[6],
    actor: known(row[7]),
    account: known(row[8]),
    actor_kind: row[9],
    object: known(row[10]),
    object_kind: known(row[11]),
    object_to: known(row[12]),
    ip: known(row[13]),
    country: known(row[14]),
    host: known(row[15]),
    app: known(row[16]),
    session: known(row[17]),
    bytes: row[18] ?? undefined,
    rows: row[19] ?? undefined,
    count: row[20],
    ...(row[21] !== '' && { missing_before: missingRecords(row[21]) }),
  };
}
