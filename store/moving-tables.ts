/** A client's tables as one end of a move: closed to all writers, made anew, told apart from those at the other end. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { TenantId } from '../core/types.ts';
import { filledIn, migrate } from './migrate.ts';
import { movedTables } from './move-content.ts';
import { asked, untilAnswered } from './query.ts';
import type { Secrets } from './secrets.ts';
import { targetsOf } from './targets.ts';

const identityRow = z.object({ uuid: z.string() });
const columnRow = z.object({ name: z.string() });

export interface MovingTables {
  /**
   * From when it resolves nothing is written to the client's tables: an insert is answered with an error that is worth a retry, so that
   * landers elsewhere wait. One that was under way is over by then, or was refused so.
   */
  fence(signal: AbortSignal): Promise<void>;
  unfence(signal: AbortSignal): Promise<void>;
  /** Where there are none. */
  make(signal: AbortSignal): Promise<void>;
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
const fenceCheck = `CHECK NOT throwIf(materialize(1), 'the client is being moved to another store')`;

export function movingTables({ admin, secrets, tenant, cluster }: At): MovingTables {
  const database = secrets.databaseOf(tenant);
  const ddl = (statement: string, signal: AbortSignal) =>
    untilAnswered(signal, () =>
      asked('moving-tables', signal, () =>
        admin.command({ query: filledIn(statement, { database }), abort_signal: signal }),
      ),
    );
  const each = async (change: (name: string) => string, signal: AbortSignal): Promise<void> => {
    for (const { name } of movedTables) await ddl(change(`{database}.${name}`), signal);
  };
  const rows = <Row>(query: string, row: z.ZodType<Row>, params: Record<string, string>, signal: AbortSignal) =>
    asked('moving-tables', signal, async () => {
      const result = await admin.query({
        query,
        query_params: { database, ...params },
        format: 'JSONEachRow',
        abort_signal: signal,
      });
      return z.array(row).parse(await result.json());
    });
  return {
    async fence(signal) {
      // One that a kill left between the two steps below.
      await each((table) => `ATTACH TABLE IF NOT EXISTS ${table}`, signal);
      await each((table) => `ALTER TABLE ${table} ADD CONSTRAINT IF NOT EXISTS moving ${fenceCheck}`, signal);
      // An insert that began before the fence does not see it. A table that goes takes no more (ABORTED), and SYNC waits for who uses it.
      for (const { name } of movedTables) {
        await ddl(`DETACH TABLE {database}.${name} SYNC`, signal);
        await ddl(`ATTACH TABLE IF NOT EXISTS {database}.${name}`, signal);
      }
    },

    async unfence(signal) {
      await each((table) => `ATTACH TABLE IF NOT EXISTS ${table}`, signal);
      await each((table) => `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS moving`, signal);
    },

    async make(signal) {
      const [target] = targetsOf([tenant], secrets).filter((one) => one.database === database);
      if (target) await migrate(admin, secrets.firmDatabase, [target], signal, cluster);
    },

    async identity(signal) {
      const found = await rows(
        "SELECT toString(uuid) AS uuid FROM system.tables WHERE database = {database:String} AND name = 'batches'",
        identityRow,
        {},
        signal,
      );
      return found.map(({ uuid }) => uuid).join();
    },

    async columns(table, signal) {
      const found = await rows(
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
