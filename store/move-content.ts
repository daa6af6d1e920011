/**
 * All that is stored of a client, from one server to another: rows as they are, in ClickHouse's own format, so that nothing is opened,
 * parsed or made anew on the way, and the moment a batch landed moves with it. Each piece is counted and hashed at both ends.
 */
import type { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import type { Store } from './index.ts';
import { all, asked, type Query } from './query.ts';
import { noting } from './reads/noted.ts';
import type { TenantRole } from './users.ts';

/** Batches of one piece: each has at most half a megabyte. */
const batchesAtOnce = 256;

interface MovedTable {
  readonly name: string;
  readonly readsAs: TenantRole;
  readonly writesAs: TenantRole;
  /** What tells its pieces apart, as columns `a` (text) and `b` (number), and the rows of one. Nothing: it moves in one piece. */
  readonly pieces?: undefined | { readonly keys: string; readonly where: string };
  /** Later rows replace earlier ones, at either end whenever that server merges: the last ones move. */
  readonly replaces?: true;
}

/** Every table of a client (a test holds it against the migrations), the evidence first. */
export const movedTables: readonly MovedTable[] = [
  {
    name: 'batches',
    readsAs: 'read',
    writesAs: 'land',
    pieces: {
      keys: `toString(collector) AS a, intDiv(seq, ${batchesAtOnce}) AS b`,
      where: `collector = {a:String} AND seq >= {b:UInt64} * ${batchesAtOnce} AND seq < ({b:UInt64} + 1) * ${batchesAtOnce}`,
    },
  },
  {
    name: 'accesses',
    readsAs: 'judge',
    writesAs: 'land',
    pieces: { keys: 'toString(toDate(at)) AS a, 0 AS b', where: 'toDate(at) = toDate({a:String}) AND {b:UInt64} = 0' },
  },
  { name: 'findings', readsAs: 'judge', writesAs: 'judge', replaces: true },
  { name: 'lessons', readsAs: 'judge', writesAs: 'judge', replaces: true },
  { name: 'checkpoints', readsAs: 'read', writesAs: 'witness' },
  { name: 'time_stamps', readsAs: 'read', writesAs: 'witness' },
];

export type End = Pick<Store, 'client' | 'tables'>;

type Piece = { a: string; b: number };
const pieceRow = z.object({ a: z.string(), b: z.number() });
// No column's name may be among them: an alias hides it.
const digestRow = z.object({ row_count: z.number(), row_digest: z.string() });

interface Digest {
  readonly rows: number;
  readonly digest: string;
}

const wholeTable: Piece = { a: '', b: 0 };
const fromOf = ({ name, replaces }: MovedTable): string => `${name}${replaces ? ' FINAL' : ''}`;
const whereOf = ({ pieces }: MovedTable): string => (pieces ? `WHERE ${pieces.where}` : '');
const quoted = (columns: readonly string[]): string => columns.map((name) => `"${name}"`).join(', ');

async function piecesOf(table: MovedTable, db: ClickHouseClient, signal: AbortSignal): Promise<Piece[]> {
  if (!table.pieces) return [wholeTable];
  const query: Query<Record<string, never>, Piece> = {
    name: 'move-pieces',
    row: pieceRow,
    sql: `SELECT DISTINCT ${table.pieces.keys} FROM ${table.name} ORDER BY a, b`,
  };
  return all(db, query, {}, signal);
}

/** Order does not matter to it, and a row that is there twice does. */
async function digestOf(
  table: MovedTable,
  { db, columns, piece }: { db: ClickHouseClient; columns: readonly string[]; piece: Piece },
  signal: AbortSignal,
): Promise<Digest> {
  const query: Query<Piece, z.output<typeof digestRow>> = {
    name: 'move-digest',
    row: digestRow,
    sql: `
      SELECT count() AS row_count, toString(sum(sipHash64(tuple(${quoted(columns)})))) AS row_digest
      FROM ${fromOf(table)} ${whereOf(table)}`,
  };
  const [found] = await all(db, query, piece, signal);
  return { rows: found?.row_count ?? 0, digest: found?.row_digest ?? '' };
}

async function copyPiece(
  table: MovedTable,
  given: { from: ClickHouseClient; to: ClickHouseClient; columns: readonly string[]; piece: Piece },
  signal: AbortSignal,
): Promise<void> {
  const { from, to, columns, piece } = given;
  const sql = `SELECT ${quoted(columns)} FROM ${fromOf(table)} ${whereOf(table)} FORMAT Native`;
  await asked('move-piece', signal, async () => {
    const { stream } = await from.exec({ query: sql, query_params: piece, abort_signal: signal });
    const done = await to.exec({
      query: `INSERT INTO ${table.name} (${quoted(columns)}) FORMAT Native`,
      values: stream as Readable,
      abort_signal: signal,
      clickhouse_settings: {
        async_insert: 0,
        wait_end_of_query: 1,
        // A row that is there twice moves twice, and no token of a lander's is used up.
        insert_deduplicate: 0,
        insert_allow_materialized_columns: 1,
      },
    });
    for await (const _ of done.stream);
  });
}

/** Throws STORE_REFUSED when the two ends' tables are not of one make. */
async function columnsOf(
  table: MovedTable,
  { from, to, tenant }: { from: End; to: End; tenant: TenantId },
  signal: AbortSignal,
): Promise<string[]> {
  const columns = await from.tables.moving(tenant).columns(table.name, signal);
  const there = await to.tables.moving(tenant).columns(table.name, signal);
  if (columns.length > 0 && columns.join() === there.join()) return columns;
  throw new Fault('STORE_REFUSED', `the table ${table.name} of ${tenant} is another one in the two stores`, { tenant });
}

/** Whether nothing of the client is there. */
export async function isEmpty({ client, tables }: End, tenant: TenantId, signal: AbortSignal): Promise<boolean> {
  for (const table of movedTables) {
    const columns = await tables.moving(tenant).columns(table.name, signal);
    if (columns.length === 0) continue;
    const every = { ...table, pieces: undefined };
    const { rows } = await digestOf(
      every,
      { db: client(table.readsAs, tenant), columns: columns.slice(0, 1), piece: wholeTable },
      signal,
    );
    if (rows > 0) return false;
  }
  return true;
}

/** `to` is empty. Throws EVIDENCE_BROKEN when afterwards the two are not alike. `onRows`: of how many rows it is over. */
export async function moveContent(
  ends: { readonly from: End; readonly to: End; readonly tenant: TenantId },
  told: { readonly signal: AbortSignal; readonly onRows?: (rows: number, table: string) => void },
): Promise<void> {
  const { from, to, tenant } = ends;
  const { signal, onRows } = told;
  let total = 0;
  for (const table of movedTables) {
    const columns = await columnsOf(table, ends, signal);
    const reads = from.client(table.readsAs, tenant);
    const pieces = await piecesOf(table, reads, signal);
    for (const piece of pieces) {
      const due = await digestOf(table, { db: reads, columns, piece }, signal);
      noting(reads, `${table.name}`, piece)(due.rows);
      await copyPiece(table, { from: reads, to: to.client(table.writesAs, tenant), columns, piece }, signal);
      total += due.rows;
      onRows?.(total, table.name);
    }
  }
  await compareContent(ends, signal);
}

/** Throws EVIDENCE_BROKEN, naming the piece, unless both ends have the same rows. */
async function compareContent(
  ends: { readonly from: End; readonly to: End; readonly tenant: TenantId },
  signal: AbortSignal,
): Promise<void> {
  const { from, to, tenant } = ends;
  for (const table of movedTables) {
    const columns = await columnsOf(table, ends, signal);
    const [here, there] = [from.client(table.readsAs, tenant), to.client(table.readsAs, tenant)];
    const pieces = new Map<string, Piece>();
    for (const db of [here, there])
      for (const piece of await piecesOf(table, db, signal)) pieces.set(JSON.stringify(piece), piece);
    for (const piece of pieces.values()) {
      const due = await digestOf(table, { db: here, columns, piece }, signal);
      const is = await digestOf(table, { db: there, columns, piece }, signal);
      if (due.rows === is.rows && due.digest === is.digest) continue;
      const where = table.pieces ? `, ${piece.a}${piece.b > 0 ? ` from ${piece.b * batchesAtOnce}` : ''}` : '';
      throw new Fault(
        'EVIDENCE_BROKEN',
        `${table.name} of ${tenant}${where}: ${due.rows} rows where it lay and ${is.rows} where it is to lie are not the same; nothing was removed, do it again`,
        { tenant, rows: due.rows, arrived: is.rows },
      );
    }
  }
}
