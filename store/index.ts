/** Opens the store: one ClickHouse database for each tenant, each read and written as its own users. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Config } from '../core/config.ts';
import { Fault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { ownServers } from '../core/tenants-config.ts';
import { type TenantId, unattributed } from '../core/types.ts';
import { assembled } from './assembled.ts';
import { Clients } from './clients.ts';
import { type DataLock, holderOf, inUse, lockData, tryLock } from './data-lock.ts';
import { AsyncDisposal } from './disposal.ts';
import { refuseElsewhere, refuseLeft } from './elsewhere.ts';
import { type Endpoint, isListening, readEndpoint } from './embedded/endpoint.ts';
import { keepRunning } from './embedded/keep-running.ts';
import { insertLogsOf, migrate, readMigrations } from './migrate.ts';
import { refuseMoving } from './moving.ts';
import { overDeaths } from './query.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import { type Moving, openServer, openSites, type Sites } from './server/open.ts';
import { targetsOf } from './targets.ts';
import { hasDisk, refuseKeyless } from './tenant-keys.ts';
import type { TenantTables } from './tenants.ts';
import { allUsers, type FirmRole, migrateUser, type TenantRole } from './users.ts';

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
  /** `tenants`: those that have a server of their own. */
  readonly config: Pick<Config, 'store'> & Partial<Pick<Config, 'tenants'>>;
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
  /** False: the store of all clients alone, as if those with a server of their own had nothing anywhere. */
  readonly withSites?: boolean;
  /** Who is opened to be moved; then it is no fault that the client lies in two places, or in another than the configuration says. */
  readonly moving?: Moving;
}

type Options = StoreOptions & Sites;

/** Throws IN_USE if another process holds the folder, STORE_UNREACHABLE if the server does not come up or cannot be reached. */
export async function openStore(given: StoreOptions): Promise<Store> {
  const options = { withSites: true, ...given, away: ownServers(given.config.tenants ?? new Map()) };
  const { config, dataDir, signal, mode, lock } = options;
  if (config.store !== 'embedded') return openServer(options, config.store);
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

async function owned(options: Options, lock: DataLock | undefined): Promise<Store> {
  const { dataDir, log, signal, moving } = options;
  await using undo = new AsyncDisposal();
  if (lock) undo.add(() => lock[Symbol.asyncDispose]());
  const secrets = openSecrets(dataDir);
  const tenants = withKnown(options.tenants, options.away, secrets);
  const settled = (some: readonly TenantId[]) => some.filter((tenant) => tenant !== moving?.tenant);
  refuseKeyless(dataDir, secrets);
  refuseMoving(dataDir, moving?.tenant);
  refuseElsewhere(dataDir, settled(tenants));
  refuseLeft(settled(tenantsOf(options.away)).filter((tenant) => hasDisk(dataDir, tenant)));
  const begun = performance.now();
  const server = await keepRunning({
    home: homeOf(dataDir),
    users: allUsers(tenants, secrets),
    passwordOf: secrets.passwordOf,
    disks: [
      { name: secrets.diskOf(undefined), keyHex: secrets.firmDiskKey },
      ...tenants.map((tenant) => ({ name: secrets.diskOf(tenant), keyHex: secrets.diskKeyOf(tenant) })),
    ],
    insertLogs: tenants.length * insertLogsOf(readMigrations('tenant')),
    signal,
    log,
  });
  undo.add(() => server.stop());
  if (!server.walled)
    log.warn({}, 'this kernel has no Landlock: a user of the store can read the files of this account');
  const readyMs = Math.round(performance.now() - begun);
  const clients = new Clients({ endpointOf: () => server.endpoint() }, secrets.passwordOf);
  undo.add(() => clients.close());
  const admin = clients.of(migrateUser, undefined);
  const migrations = await overDeaths(server, signal, (until) =>
    migrate(admin, secrets.firmDatabase, targetsOf(tenants, secrets), until),
  );
  log.info(
    { tenants: tenants.length, migrations, readyMs, totalMs: Math.round(performance.now() - begun) },
    'store is up',
  );
  const sites = await openSites(options, undo);
  return assembled({ tenants, secrets, clients, sites, close: undo.move(), server }, options);
}

async function attached(options: Options): Promise<Store> {
  const { dataDir, signal } = options;
  await endpointOf(dataDir, signal);
  await using undo = new AsyncDisposal();
  const secrets = openSecrets(dataDir);
  const clients = new Clients({ endpointOf: () => endpointOf(dataDir, signal) }, secrets.passwordOf);
  undo.add(() => clients.close());
  const tenants = withKnown([], options.away, secrets);
  const sites = await openSites(options, undo);
  return assembled({ tenants, secrets, clients, sites, close: undo.move(), server: undefined }, options);
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
function withKnown(tenants: readonly TenantId[], away: Sites['away'], secrets: Secrets): TenantId[] {
  const elsewhere = new Set(tenantsOf(away));
  return [...new Set([...tenants, unattributed, ...secrets.keyed])].filter((tenant) => !elsewhere.has(tenant)).sort();
}

const tenantsOf = (away: Sites['away']): TenantId[] => away.flatMap(({ tenants }) => [...tenants]);
