/** Opens the store: one ClickHouse database for each tenant, each read and written as its own users. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Config } from '../core/config.ts';
import { Fault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { type TenantId, unattributed } from '../core/types.ts';
import { Clients } from './clients.ts';
import { type DataLock, holderOf, inUse, lockData, tryLock } from './data-lock.ts';
import { type Endpoint, isListening, readEndpoint } from './embedded/endpoint.ts';
import { type KeptServer, keepRunning } from './embedded/keep-running.ts';
import { insertLogsOf, migrate, readMigrations } from './migrate.ts';
import { untilAnswered } from './query.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import { type TenantTables, tenantTables } from './tenants.ts';
import { allUsers, type FirmRole, firmUser, migrateUser, type TenantRole, tenantUser } from './users.ts';

/** How long a question waits for another one that has the data folder, and a server for such a question. */
const questionWaitMsMax = 120_000;
const serveWaitMsMax = 30_000;
const endpointWaitMsMax = 60_000;
const pollMs = 20;

export interface Store {
  /** All that have data or may get it, `_unattributed` included; sorted. */
  readonly tenants: readonly TenantId[];
  /** Kept alive and shared; closed with the store. Throws NOT_FOUND for a tenant this store does not know. */
  client(role: TenantRole, tenant: TenantId): ClickHouseClient;
  firm(role: FirmRole): ClickHouseClient;
  readonly tables: TenantTables;
  /** Of the server this process started, which changes when it dies; `undefined` when it uses another process's. */
  readonly serverPid: number | undefined;
  /** Rejects with STORE_UNREACHABLE when the server of this process died too often to be started again; never resolves. */
  readonly failed: Promise<never>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StoreOptions {
  readonly config: Pick<Config, 'store'>;
  readonly dataDir: string;
  /** `_unattributed` need not be named. */
  readonly tenants: readonly TenantId[];
  readonly log: Log;
  readonly signal: AbortSignal;
  /**
   * `own`: holds the data folder and its server until closed. `attach`: asks the server of the process that holds the
   * folder, or, when nobody does, holds it for the time of the question.
   */
  readonly mode: 'own' | 'attach';
  /** The folder's lock, where the caller has it already; the caller then also releases it. */
  readonly lock?: DataLock;
}

/** Throws IN_USE if another process holds the folder, STORE_UNREACHABLE if the server does not come up. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir, signal, mode, lock } = options;
  if (lock) return owned(options, undefined);
  if (mode === 'own')
    return owned(options, await lockData(dataDir, { purpose: 'serve', waitMs: serveWaitMsMax, signal }));
  const giveUpAt = Date.now() + questionWaitMsMax;
  for (;;) {
    signal.throwIfAborted();
    const taken = await tryLock(dataDir, 'read');
    if (taken) return owned(options, taken);
    const holder = await holderOf(dataDir);
    if (holder?.purpose === 'serve') return attached(options);
    if (Date.now() > giveUpAt) throw inUse(dataDir, holder);
    await sleep(pollMs, undefined, { signal });
  }
}

async function owned(options: StoreOptions, lock: DataLock | undefined): Promise<Store> {
  const { dataDir, log, signal } = options;
  await using undo = new AsyncDisposal();
  if (lock) undo.add(() => lock[Symbol.asyncDispose]());
  const secrets = openSecrets(dataDir);
  const tenants = withKnown(options.tenants, secrets);
  const databases = tenants.map((tenant) => ({ tenant, database: secrets.databaseOf(tenant) }));
  const forTenant = readMigrations('tenant');
  const begun = performance.now();
  const server = await keepRunning({
    home: homeOf(dataDir),
    users: allUsers(tenants, secrets),
    passwordOf: secrets.passwordOf,
    disks: [
      { name: secrets.diskOf(undefined), keyHex: secrets.firmDiskKey },
      ...tenants.map((tenant) => ({ name: secrets.diskOf(tenant), keyHex: secrets.diskKeyOf(tenant) })),
    ],
    insertLogs: tenants.length * insertLogsOf(forTenant),
    signal,
    log,
  });
  undo.add(() => server.stop());
  if (!server.walled)
    log.warn({}, 'this kernel has no Landlock: a user of the store can read the files of this account');
  const readyMs = Math.round(performance.now() - begun);
  const clients = new Clients(() => server.endpoint(), secrets.passwordOf);
  undo.add(() => clients.close());
  const admin = clients.of(migrateUser, undefined);
  const targets = [
    { database: secrets.firmDatabase, migrations: readMigrations('firm'), names: { disk: secrets.diskOf(undefined) } },
    ...databases.map(({ tenant, database }) => ({
      database,
      migrations: forTenant,
      names: { tenant, disk: secrets.diskOf(tenant) },
    })),
  ];
  const migrations = await untilAnswered(signal, () => migrate(admin, secrets.firmDatabase, targets, signal));
  log.info(
    { tenants: tenants.length, migrations, readyMs, totalMs: Math.round(performance.now() - begun) },
    'store is up',
  );
  return storeOf({ tenants, secrets, clients, close: undo.move(), server });
}

async function attached(options: StoreOptions): Promise<Store> {
  const { dataDir, signal } = options;
  await endpointOf(dataDir, signal);
  const secrets = openSecrets(dataDir);
  const clients = new Clients(() => endpointOf(dataDir, signal), secrets.passwordOf);
  const tenants = withKnown([], secrets);
  return storeOf({ tenants, secrets, clients, close: () => clients.close(), server: undefined });
}

async function endpointOf(dataDir: string, signal: AbortSignal): Promise<Endpoint> {
  const giveUpAt = Date.now() + endpointWaitMsMax;
  for (;;) {
    const endpoint = readEndpoint(homeOf(dataDir));
    if (endpoint && isListening(endpoint)) return endpoint;
    if (Date.now() > giveUpAt) {
      throw new Fault(
        'STORE_UNREACHABLE',
        `the process that holds ${dataDir} has no store running; look at its log, or stop it`,
      );
    }
    await sleep(pollMs, undefined, { signal });
  }
}

const homeOf = (dataDir: string) => join(dataDir, 'clickhouse');

/** A tenant that has left the directory still has data, and a server that lacks one of its disks does not start. */
function withKnown(tenants: readonly TenantId[], secrets: Secrets): TenantId[] {
  return [...new Set([...tenants, unattributed, ...secrets.keyed])].sort();
}

interface Opened {
  readonly tenants: readonly TenantId[];
  readonly secrets: Secrets;
  readonly clients: Clients;
  readonly close: () => Promise<void>;
  readonly server: KeptServer | undefined;
}

function storeOf({ tenants, secrets, clients, close, server }: Opened): Store {
  const known = new Set(tenants);
  return {
    tenants,
    get serverPid() {
      return server?.pid;
    },
    failed: server?.failed ?? new Promise(() => undefined),
    client(role, tenant) {
      if (known.has(tenant)) return clients.of(tenantUser(role, tenant), secrets.databaseOf(tenant));
      throw new Fault('NOT_FOUND', `there is no client \`${tenant}\` in the store; check the id against the directory`);
    },
    firm: (role) => clients.of(firmUser(role), secrets.firmDatabase),
    tables: tenantTables(clients.of(migrateUser, undefined), secrets, tenants),
    [Symbol.asyncDispose]: close,
  };
}

/** Undoes what was opened, last first, unless it was moved on to whoever closes it later. */
class AsyncDisposal {
  #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  move(): () => Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    return async () => {
      for (const step of steps.splice(0).reverse()) await step();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.move()();
  }
}
