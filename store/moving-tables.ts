/** A client's tables as one end of a move: closed to all writers, made anew, told apart from those at the other end. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import { applyTo, dropDatabase, filledIn, migrate } from './migrate.ts';
import { movedTables } from './move-content.ts';
import { asked, untilAnswered } from './query.ts';
import type { Secrets } from './secrets.ts';
import { targetsOf } from './targets.ts';

const identityRow = z.object({ uuid: z.string() });
const columnRow = z.object({ name: z.string() });
const madeRow = z.object({ made: z.string() });

export interface MovingTables {
  /**
   * From when it resolves nothing is written to the client's tables: an insert is answered with an error that is worth a retry, so that
   * landers elsewhere wait. One that was under way is over by then, or was refused so. `id`: of the move, 32 hex digits. Throws IN_USE when
   * another machine's move has closed them: two at once would each throw away what the other copied.
   */
  fence(id: string, signal: AbortSignal): Promise<void>;
  /** The id of the move that closed them. */
  closedBy(signal: AbortSignal): Promise<string | undefined>;
  unfence(signal: AbortSignal): Promise<void>;
  /** Empty, whatever was there. Cut off, it is to be done again: the book of migrations may say that tables are there which are not. */
  remake(signal: AbortSignal): Promise<void>;
  /** The same at two addresses of one server or of one cluster, and at no others. */
  identity(signal: AbortSignal): Promise<string>;
  /** All that is stored of a row, in order; those that follow from others too, since one of them is a time of landing. */
  columns(table: string, signal: AbortSignal): Promise<string[]>;
}

interface At {
  readonly admin: ClickHouseClient;
  readonly secrets: Secrets;
  readonly tenant: TenantId;
  readonly cluster: string | undefined;
}

/**
 * `throwIf` answers with FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, which store/insert.ts has not among the errors that mean the content; a
 * constraint that is only false would make every batch that comes meanwhile a dead letter.
 */
const fenceCheck = (id: string): string =>
  `CHECK NOT throwIf(materialize(1), 'the client is being moved to another store, by ${id}')`;
const closedForm = /to another store, by ([0-9a-f]{32})/;

/** As the user who makes tables, in this client's database. */
interface Asking {
  readonly tenant: TenantId;
  ddl(statement: string, signal: AbortSignal): Promise<unknown>;
  /** Of each of the client's tables. */
  each(change: (table: string) => string, signal: AbortSignal): Promise<void>;
  rows<Row>(
    query: string,
    row: z.ZodType<Row>,
    params: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Row[]>;
}

const attach = (table: string): string => `ATTACH TABLE IF NOT EXISTS ${table}`;

function askingAt({ admin, secrets, tenant }: At): Asking {
  const database = secrets.databaseOf(tenant);
  const ddl: Asking['ddl'] = (statement, signal) =>
    untilAnswered(signal, () =>
      asked('moving-tables', signal, () =>
        admin.command({ query: filledIn(statement, { database }), abort_signal: signal }),
      ),
    );
  return {
    tenant,
    ddl,
    async each(change, signal) {
      for (const { name } of movedTables) await ddl(change(`{database}.${name}`), signal);
    },
    rows: (query, row, params, signal) =>
      asked('moving-tables', signal, async () => {
        const result = await admin.query({
          query,
          query_params: { database, ...params },
          format: 'JSONEachRow',
          abort_signal: signal,
        });
        return z.array(row).parse(await result.json());
      }),
  };
}

type Fence = Pick<MovingTables, 'fence' | 'closedBy' | 'unfence'>;

function fenceOf({ tenant, ddl, each, rows }: Asking): Fence {
  const closedBy = async (signal: AbortSignal): Promise<string | undefined> => {
    // One that a kill left between being detached and attached again is not listed.
    await ddl(attach('{database}.batches'), signal);
    const [found] = await rows(
      "SELECT create_table_query AS made FROM system.tables WHERE database = {database:String} AND name = 'batches'",
      madeRow,
      {},
      signal,
    );
    return closedForm.exec(found?.made ?? '')?.[1];
  };
  return {
    closedBy,

    async fence(id, signal) {
      await each(attach, signal);
      const close = (table: string) => `ALTER TABLE ${table} ADD CONSTRAINT IF NOT EXISTS moving ${fenceCheck(id)}`;
      // Of two that come at once the first has it, and only that one goes on to the other tables.
      await ddl(close('{database}.batches'), signal);
      const by = await closedBy(signal);
      if (by !== id)
        throw new Fault(
          'IN_USE',
          `${tenant} is being moved by another machine that lands in this store (${by}); let it finish, or finish it there`,
          { tenant },
        );
      await each(close, signal);
      // An insert that began before the fence does not see it. A table that goes takes no more (ABORTED), and SYNC waits for who uses it.
      for (const { name } of movedTables) {
        await ddl(`DETACH TABLE {database}.${name} SYNC`, signal);
        await ddl(attach(`{database}.${name}`), signal);
      }
    },

    async unfence(signal) {
      await each(attach, signal);
      await each((table) => `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS moving`, signal);
    },
  };
}

export function movingTables(at: At): MovingTables {
  const { admin, secrets, tenant, cluster } = at;
  const asking = askingAt(at);
  return {
    ...fenceOf(asking),

    async remake(signal) {
      const database = secrets.databaseOf(tenant);
      const [target] = targetsOf([tenant], secrets).filter((one) => one.database === database);
      if (!target) return;
      // The book stays: a row that is taken out of it costs seconds, until the server merges, and would come back at once.
      await dropDatabase(admin, { database, cluster }, signal);
      await applyTo(admin, target, cluster, signal);
      await migrate(admin, secrets.firmDatabase, [target], signal, cluster);
    },

    async identity(signal) {
      const found = await asking.rows(
        "SELECT toString(uuid) AS uuid FROM system.tables WHERE database = {database:String} AND name = 'batches'",
        identityRow,
        {},
        signal,
      );
      return found.map(({ uuid }) => uuid).join();
    },

    async columns(table, signal) {
      const found = await asking.rows(
        `SELECT name FROM system.columns
         WHERE database = {database:String} AND table = {table:String} AND default_kind != 'ALIAS' ORDER BY position`,
        columnRow,
        { table },
        signal,
      );
      return found.map(({ name }) => name);
    },
  };
}
