/** Opens a ClickHouse server of one's own. Users and grants are there already (`cordon tenants apply`); tables are brought up to date. */
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { Fault, isFault } from '../../core/errors.ts';
import type { ServerConfig } from '../../core/store-config.ts';
import { type TenantId, unattributed } from '../../core/types.ts';
import { assembled } from '../assembled.ts';
import { Clients } from '../clients.ts';
import { lockData } from '../data-lock.ts';
import { AsyncDisposal } from '../disposal.ts';
import type { Store, StoreOptions } from '../index.ts';
import { appliedTo, migrate } from '../migrate.ts';
import { untilAnswered } from '../query.ts';
import { openSecrets, type Secrets } from '../secrets.ts';
import { targetsOf } from '../targets.ts';
import { migrateUser } from '../users.ts';

const lockWaitMsMax = 30_000;

/** Throws STORE_REFUSED for clients that are not there yet, STORE_UNREACHABLE, IN_USE. */
export async function openServer(options: StoreOptions, server: ServerConfig): Promise<Store> {
  const { dataDir, signal, mode, lock } = options;
  await using undo = new AsyncDisposal();
  if (mode === 'own' && !lock) {
    const held = await lockData(dataDir, { purpose: 'serve', waitMs: lockWaitMsMax, signal });
    undo.add(() => held[Symbol.asyncDispose]());
  }
  const secrets = openSecrets(dataDir);
  const clients = new Clients(server, secrets.passwordOf);
  undo.add(() => clients.close());
  const admin = clients.of(migrateUser, undefined);
  const there = await databasesOn(admin, secrets, server, signal);
  const named = [...new Set([...options.tenants, unattributed, ...secrets.keyed])].sort();
  const tenants = named.filter((tenant) => there.has(secrets.databaseOf(tenant)));
  const missing = options.tenants.filter((tenant) => !tenants.includes(tenant));
  if (missing.length > 0) throw notApplied(server.url, `has no database for ${missing.slice(0, 5).join(', ')} yet`);
  const { cluster } = server;
  if (mode === 'own') await migrateServer(clients, secrets, tenants, server, signal);
  return assembled({ tenants, secrets, clients, close: undo.move(), server: undefined, cluster }, options);
}

/** The tenants that have no database there yet. Throws STORE_REFUSED where the server does not know Cordon's users. */
export async function databaseless(
  clients: Clients,
  server: ServerConfig,
  secrets: Secrets,
  tenants: readonly TenantId[],
  signal: AbortSignal,
): Promise<TenantId[]> {
  const there = await databasesOn(clients.of(migrateUser, undefined), secrets, server, signal);
  return tenants.filter((tenant) => !there.has(secrets.databaseOf(tenant)));
}

/** The databases that were made, by their names. */
async function databasesOn(
  admin: ClickHouseClient,
  secrets: Secrets,
  { url, cluster }: ServerConfig,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  try {
    return new Set((await untilAnswered(signal, () => appliedTo(admin, secrets.firmDatabase, signal, cluster))).keys());
  } catch (error) {
    if (isFault(error, 'STORE_REFUSED') && error.cause instanceof ClickHouseError && isLoginRefusal(error.cause))
      throw notApplied(url, `does not let ${migrateUser} in`);
    throw error;
  }
}

/** AUTHENTICATION_FAILED, UNKNOWN_USER, WRONG_PASSWORD, ACCESS_DENIED (ClickHouse ErrorCodes.cpp). */
export const isLoginRefusal = ({ code }: ClickHouseError): boolean => ['516', '192', '193', '497'].includes(code);

const notApplied = (url: string, what: string): Fault =>
  new Fault('STORE_REFUSED', `the store at ${url} ${what}; run \`cordon tenants apply\``);

/** Makes and updates the tables of these tenants and of the firm. Returns how many files were applied. */
export async function migrateServer(
  clients: Clients,
  secrets: Secrets,
  tenants: readonly TenantId[],
  { cluster }: ServerConfig,
  signal: AbortSignal,
): Promise<number> {
  const admin = clients.of(migrateUser, undefined);
  return untilAnswered(signal, () =>
    migrate(admin, secrets.firmDatabase, targetsOf(tenants, secrets), signal, cluster),
  );
}
