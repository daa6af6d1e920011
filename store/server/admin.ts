/** The one who makes users on a server of one's own: asks what there is, runs what makes the difference, and is gone. */
import { ClickHouseError } from '@clickhouse/client';
import { eachAtOnce } from '../../core/at-once.ts';
import { isFault } from '../../core/errors.ts';
import type { ServerConfig } from '../../core/store-config.ts';
import type { TenantId } from '../../core/types.ts';
import { Clients, connected } from '../clients.ts';
import { clustered, clusterSettings } from '../clustered.ts';
import { asked } from '../query.ts';
import type { Secrets } from '../secrets.ts';
import { allUsers } from '../users.ts';
import { type Change, changesOf } from './changes.ts';
import { isLoginRefusal, migrateServer } from './open.ts';
import { snapshotOf } from './snapshot.ts';

const probesAtOnce = 8;

export interface ServerPlan {
  readonly changes: readonly Change[];
  /** Tenants whose encrypted disk the server does not know; `undefined` stands for the firm's. */
  readonly diskless: readonly (TenantId | undefined)[];
  /** Tenants without a database. */
  readonly fresh: readonly TenantId[];
}

export interface ServerAdmin extends AsyncDisposable {
  plan(tenants: readonly TenantId[], signal: AbortSignal): Promise<ServerPlan>;
  /** In order. A statement that is refused stops it; done again, it goes on from there. */
  make(changes: readonly Change[], signal: AbortSignal): Promise<void>;
  /** Databases and tables. Returns how many migrations were applied. */
  migrate(tenants: readonly TenantId[], signal: AbortSignal): Promise<number>;
}

export function openAdmin(
  server: ServerConfig,
  login: { readonly username: string; readonly password: string },
  secrets: Secrets,
): ServerAdmin {
  const admin = connected(server, login);
  const clients = new Clients(server, secrets.passwordOf);
  return {
    async plan(tenants, signal) {
      const there = await snapshotOf(admin, signal);
      const users = allUsers(tenants, secrets, server.cluster);
      const known = users.map(({ name }) => name).filter((name) => there.users.has(name));
      const strangers = await refusedOf(clients, known, signal);
      return {
        changes: changesOf({ users, passwordOf: secrets.passwordOf, strangers }, there),
        diskless: [...(secrets.holdsFirm ? [undefined] : []), ...tenants].filter(
          (tenant) => !there.policies.has(secrets.diskOf(tenant)),
        ),
        fresh: tenants.filter((tenant) => !there.databases.has(secrets.databaseOf(tenant))),
      };
    },
    async make(changes, signal) {
      const settings = clusterSettings(server.cluster);
      for (const statement of changes.flatMap(({ statements }) => statements)) {
        const query = clustered(statement, server.cluster);
        await asked('make-users', signal, () =>
          admin.command({ query, abort_signal: signal, clickhouse_settings: settings }),
        );
      }
    },
    migrate: (tenants, signal) => migrateServer(clients, secrets, tenants, server, signal),
    async [Symbol.asyncDispose]() {
      await clients.close();
      await admin.close();
    },
  };
}

/** Those whom the server knows by another password: no system table tells it. */
async function refusedOf(
  clients: Clients,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const refused = new Set<string>();
  await eachAtOnce(names, probesAtOnce, async (name) => {
    try {
      await asked('probe', signal, () =>
        clients.of(name, undefined).command({ query: 'SELECT 1', abort_signal: signal }),
      );
    } catch (error) {
      if (!isRefusedLogin(error)) throw error;
      refused.add(name);
    }
  });
  return refused;
}

const isRefusedLogin = (error: unknown): boolean =>
  isFault(error, 'STORE_REFUSED') && error.cause instanceof ClickHouseError && isLoginRefusal(error.cause);
