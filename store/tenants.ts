/** The tables of clients as a whole: how long they keep what is in them, and their end. As the one user that may change tables. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import { clustered, clusterSettings } from './clustered.ts';
import { filledIn } from './migrate.ts';
import { asked, untilAnswered } from './query.ts';
import type { Secrets } from './secrets.ts';

/** What grows with time, and the moment its age counts from: when it came, so that a stream only loses its beginning. */
const aging = [
  { table: 'accesses', since: 'seen_at' },
  { table: 'batches', since: 'landed_at' },
] as const;

const row = z.object({ database: z.string(), name: z.string(), create_table_query: z.string() });

export interface TenantTables {
  /** How many days each client's data is kept; `undefined`: for ever. Clients that have no tables are left out. */
  kept(signal: AbortSignal): Promise<ReadonlyMap<TenantId, number | undefined>>;
  /** From now on, and for what is there. `undefined`: for ever. */
  keep(tenant: TenantId, days: number | undefined, signal: AbortSignal): Promise<void>;
  /** Takes sealed batches out again, whose accesses could not be stored. Done again, it changes nothing. */
  withdraw(
    tenant: TenantId,
    batches: readonly { readonly collector: string; readonly seq: number }[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Takes a checkpoint out again, where another lander made one of its number. Done again, it changes nothing. */
  withdrawCheckpoint(
    tenant: TenantId,
    checkpoint: { readonly number: number; readonly sig: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Its database and all that is in it, and that it ever was made. Done again, it changes nothing. */
  drop(tenant: TenantId, signal: AbortSignal): Promise<void>;
}

/** `cluster`: as for `clustered`. */
export function tenantTables(
  admin: ClickHouseClient,
  secrets: Secrets,
  tenants: readonly TenantId[],
  cluster: string | undefined = undefined,
): TenantTables {
  const byDatabase = new Map(tenants.map((tenant) => [secrets.databaseOf(tenant), tenant]));
  const ddl = (query: string, signal: AbortSignal, settings: Readonly<Record<string, string>> = {}) =>
    untilAnswered(signal, () =>
      asked('tenant-tables', signal, () =>
        admin.command({ query, abort_signal: signal, clickhouse_settings: settings }),
      ),
    );
  const remove = (tenant: TenantId, table: string, where: string, signal: AbortSignal) => {
    const statement = filledIn(`ALTER TABLE {database}.${table} DELETE WHERE ${where}`, {
      database: secrets.databaseOf(tenant),
    });
    return ddl(statement, signal, { mutations_sync: '2' });
  };
  return {
    async kept(signal) {
      const found = await untilAnswered(signal, () =>
        asked('tenant-tables', signal, async () => {
          const result = await admin.query({
            query: `SELECT database, name, create_table_query FROM system.tables WHERE name IN {names:Array(String)}`,
            query_params: { names: aging.map(({ table }) => table) },
            format: 'JSONEachRow',
            abort_signal: signal,
          });
          return z.array(row).parse(await result.json());
        }),
      );
      const days = new Map<TenantId, number | undefined>();
      for (const { database, create_table_query } of found) {
        const tenant = byDatabase.get(database);
        if (tenant === undefined) continue;
        const [, count] = /\bTTL .*toIntervalDay\((\d+)\)/.exec(create_table_query) ?? [];
        // Two tables that differ were left so by a crash: they are not at any number, and will be set again.
        const here = count === undefined ? undefined : Number(count);
        days.set(tenant, days.has(tenant) && days.get(tenant) !== here ? -1 : here);
      }
      return days;
    },

    async keep(tenant, days, signal) {
      const database = secrets.databaseOf(tenant);
      for (const { table, since } of aging) {
        const change =
          days === undefined
            ? 'REMOVE TTL'
            : `MODIFY TTL toDateTime(${since}) + INTERVAL ${Math.trunc(days)} DAY DELETE`;
        await ddl(filledIn(`ALTER TABLE {database}.${table} ${change}`, { database }), signal);
      }
    },

    async withdraw(tenant, batches, signal) {
      for (const { collector, seq } of batches) {
        // A mutation takes no bound parameters; what is not of a name's form is no registered collector's.
        if (!/^[\w.-]{1,100}$/.test(collector)) continue;
        await remove(tenant, 'batches', `collector = '${collector}' AND seq = ${Math.trunc(seq)}`, signal);
      }
    },

    async withdrawCheckpoint(tenant, { number, sig }, signal) {
      if (!/^[A-Za-z0-9+/]{86}==$/.test(sig)) throw new Fault('STORE_REFUSED', 'a checkpoint’s signature is none');
      await remove(tenant, 'checkpoints', `number = ${Math.trunc(number)} AND sig = '${sig}'`, signal);
    },

    async drop(tenant, signal) {
      const names = { database: secrets.databaseOf(tenant), book: secrets.firmDatabase };
      const gone = clustered(filledIn('DROP DATABASE IF EXISTS {database} SYNC', names), cluster);
      await ddl(gone, signal, clusterSettings(cluster));
      const forget = filledIn("ALTER TABLE {book}.migrations DELETE WHERE database = '{database}'", names);
      await ddl(forget, signal, { mutations_sync: '2' });
    },
  };
}
