/** The tables of clients as a whole: how long they keep what is in them, and their end. As the one user that may change tables. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { Fault } from '../core/errors.ts';
import type { Retention } from '../core/retention.ts';
import type { TenantId } from '../core/types.ts';
import { appliedTo, dropDatabase, elsewhereMark, filledIn } from './migrate.ts';
import { type MovingTables, movingTables } from './moving-tables.ts';
import { asked, untilAnswered } from './query.ts';
import type { Secrets } from './secrets.ts';
import { firmTtls, retentionIn, tenantTtls, ttlIn } from './ttl.ts';

/** Rows there are. What a merge brings is in `batches` first. */
export interface Size {
  readonly batches: number;
  readonly accesses: number;
}

const sizeRow = z.object({ database: z.string(), name: z.enum(['accesses', 'batches']), total_rows: z.number() });
const row = z.object({ database: z.string(), name: z.string(), create_table_query: z.string() });

/** What a client's tables are told now. */
export interface KeptTables {
  readonly retention: Retention;
  /** False: not all of them say so; somebody else changed one, or a crash came between two. */
  readonly even: boolean;
}

export interface TenantTables {
  /** How long each client's data is kept. Clients that have no tables are left out. */
  kept(signal: AbortSignal): Promise<ReadonlyMap<TenantId, KeptTables>>;
  /** From now on, and for what is there. */
  keep(tenant: TenantId, retention: Retention, signal: AbortSignal): Promise<void>;
  /** The same of the firm's tables, as `firmTtls` has it. */
  keepFirm(longest: ReadonlyMap<TenantId, number | undefined>, signal: AbortSignal): Promise<void>;
  /** How much of each client is stored: one cheap question for all of a server. Clients that have no tables are left out. */
  sizes(signal: AbortSignal): Promise<ReadonlyMap<TenantId, Size>>;
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
  /** As an end of a move. */
  moving(tenant: TenantId): MovingTables;
  /** Forgets, in the store of all clients, that this one is stored elsewhere. */
  settle(tenant: TenantId, signal: AbortSignal): Promise<void>;
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
  const ttlsIn = async (names: readonly string[], database: string, signal: AbortSignal) => {
    const found = await untilAnswered(signal, () =>
      asked('tenant-tables', signal, async () => {
        const result = await admin.query({
          query: `SELECT database, name, create_table_query FROM system.tables
            WHERE name IN {names:Array(String)} AND (database = {database:String} OR {database:String} = '')`,
          query_params: { names, database },
          format: 'JSONEachRow',
          abort_signal: signal,
        });
        return z.array(row).parse(await result.json());
      }),
    );
    const byTable = new Map<string, Map<string, string>>();
    for (const { database: at, name, create_table_query } of found)
      byTable.set(at, (byTable.get(at) ?? new Map<string, string>()).set(name, ttlIn(create_table_query)));
    return byTable;
  };
  const tell = async (database: string, ttls: ReadonlyMap<string, string>, signal: AbortSignal) => {
    const told = (await ttlsIn([...ttls.keys()], database, signal)).get(database) ?? new Map<string, string>();
    for (const [table, ttl] of ttls) {
      if (!told.has(table) || told.get(table) === ttl) continue;
      const change = ttl === '' ? 'REMOVE TTL' : `MODIFY TTL ${ttl}`;
      await ddl(filledIn(`ALTER TABLE {database}.${table} `, { database }) + change, signal);
    }
  };
  /** Rows of the book; asked for first, since taking one out may take the server seconds. */
  const forget = async (tenant: TenantId, isMeant: (name: string) => boolean, where: string, signal: AbortSignal) => {
    const names = { database: secrets.databaseOf(tenant), book: secrets.firmDatabase };
    const book = await untilAnswered(signal, () => appliedTo(admin, names.book, signal, cluster));
    if (![...(book.get(names.database)?.keys() ?? [])].some(isMeant)) return;
    const statement = `ALTER TABLE {book}.migrations DELETE WHERE database = '{database}' AND ${where}`;
    await ddl(filledIn(statement, names), signal, { mutations_sync: '2' });
  };
  return {
    async sizes(signal) {
      const found = await asked('tenant-sizes', signal, async () => {
        const result = await admin.query({
          query: `SELECT database, name, total_rows FROM system.tables WHERE name IN ('accesses', 'batches')`,
          format: 'JSONEachRow',
          abort_signal: signal,
          clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
        });
        return z.array(sizeRow).parse(await result.json());
      });
      const sizes = new Map<TenantId, Size>();
      for (const { database, name, total_rows } of found) {
        const tenant = byDatabase.get(database);
        if (tenant === undefined) continue;
        sizes.set(tenant, { batches: 0, accesses: 0, ...sizes.get(tenant), [name]: total_rows });
      }
      return sizes;
    },

    async kept(signal) {
      const kept = new Map<TenantId, KeptTables>();
      for (const [database, told] of await ttlsIn([...tenantTtls({}).keys()], '', signal)) {
        const tenant = byDatabase.get(database);
        if (tenant === undefined) continue;
        const retention = retentionIn(told.get('accesses') ?? '');
        const even = [...tenantTtls(retention)].every(([table, ttl]) => (told.get(table) ?? '') === ttl);
        kept.set(tenant, { retention, even });
      }
      return kept;
    },

    keep: (tenant, retention, signal) => tell(secrets.databaseOf(tenant), tenantTtls(retention), signal),
    keepFirm: (longest, signal) => tell(secrets.firmDatabase, firmTtls(longest), signal),

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
      await dropDatabase(admin, { database: secrets.databaseOf(tenant), cluster }, signal);
      await forget(tenant, (name) => name !== elsewhereMark, `name != '${elsewhereMark}'`, signal);
    },

    moving: (tenant) => movingTables({ admin, secrets, tenant, cluster }),

    settle: (tenant, signal) => forget(tenant, (name) => name === elsewhereMark, `name = '${elsewhereMark}'`, signal),
  };
}
