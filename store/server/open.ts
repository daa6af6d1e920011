/** Opens a ClickHouse server of one's own. Users and grants are there already (`cordon tenants apply`); tables are brought up to date. */
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { Fault, isFault } from '../../core/errors.ts';
import type { ServerConfig } from '../../core/store-config.ts';
import type { Shared } from '../../core/tenants-config.ts';
import { type TenantId, unattributed } from '../../core/types.ts';
import { assembled } from '../assembled.ts';
import { Clients } from '../clients.ts';
import { lockData } from '../data-lock.ts';
import { AsyncDisposal } from '../disposal.ts';
import { refuseElsewhere, refuseLeft, refuseOtherServer, rememberElsewhere, type ServerAddress } from '../elsewhere.ts';
import type { Store, StoreOptions } from '../index.ts';
import { appliedTo, migrate } from '../migrate.ts';
import { refuseMoving } from '../moving.ts';
import { untilAnswered } from '../query.ts';
import { openSecrets, type Secrets } from '../secrets.ts';
import { targetsOf } from '../targets.ts';
import { migrateUser } from '../users.ts';
import { inBook, markElsewhere, refuseMarked } from './marks.ts';

const lockWaitMsMax = 30_000;

/** Throws STORE_REFUSED for clients that are not there yet, STORE_UNREACHABLE, IN_USE. */
export async function openServer(options: StoreOptions & Sites, server: ServerConfig): Promise<Store> {
  const { dataDir, signal, mode, lock, moving } = options;
  await using undo = new AsyncDisposal();
  if (mode === 'own') refuseMoving(dataDir, moving?.tenant);
  if (mode === 'own' && !lock) {
    const held = await lockData(dataDir, { purpose: 'serve', waitMs: lockWaitMsMax, signal });
    undo.add(() => held[Symbol.asyncDispose]());
  }
  const secrets = openSecrets(dataDir);
  const away = new Set(options.away.flatMap(({ tenants }) => tenants));
  const named = [...options.tenants, unattributed, ...secrets.keyed].filter((tenant) => !away.has(tenant));
  const settled = (some: Iterable<TenantId>) => [...some].filter((tenant) => tenant !== moving?.tenant);
  refuseElsewhere(dataDir, settled(named));
  const { clients, tenants, there, marks, cluster } = await reached(server, { secrets, named }, options);
  undo.add(() => clients.close());
  refuseLeft(settled(away).filter((tenant) => there.has(secrets.databaseOf(tenant))));
  if (mode === 'own' && options.withSites)
    await markElsewhere(clients.of(migrateUser, undefined), { secrets, marks, away: options.away }, signal);
  const sites = await openSites(options, undo);
  return assembled({ tenants, secrets, clients, sites, close: undo.move(), server: undefined, cluster }, options);
}

/** A client's own server that was opened. */
export interface Site {
  /** Those that have a database there. */
  readonly tenants: readonly TenantId[];
  readonly secrets: Secrets;
  readonly clients: Clients;
  readonly cluster?: string | undefined;
}

/** Opens the servers of clients that have their own. Throws as `openServer`. */
export async function openSites(options: SiteOptions, undo: AsyncDisposal): Promise<Site[]> {
  const sites: Site[] = [];
  if (!options.withSites) return sites;
  const { keyed } = openSecrets(options.dataDir);
  for (const { at, tenants } of options.away) {
    const secrets = openSecrets(options.dataDir).at(at.url);
    const named = tenants.filter((tenant) => options.tenants.includes(tenant) || keyed.includes(tenant));
    if (named.length === 0) continue;
    refuseOtherServer(options.dataDir, named, at);
    const site = await reached(at, { secrets, named }, options);
    undo.add(() => site.clients.close());
    if (options.mode === 'own') rememberElsewhere(options.dataDir, site.tenants, at);
    sites.push({ ...site, secrets });
  }
  return sites;
}

/** One client at a server of its own, whatever the configuration says of it: an end of a move. */
export async function openSite(
  server: ServerAddress,
  options: Pick<StoreOptions, 'dataDir' | 'log' | 'signal' | 'mode'> & { readonly moving: Moving },
): Promise<Store> {
  const { tenant } = options.moving;
  const secrets = openSecrets(options.dataDir).at(server.url);
  const { clients, tenants, cluster } = await reached(
    server,
    { secrets, named: [tenant] },
    { ...options, tenants: [], away: [], withSites: false },
  );
  const close = () => clients.close();
  return assembled({ tenants, secrets, clients, sites: [], close, server: undefined, cluster }, options);
}

/** The client that is moved; `makes`: its tables, where there are none. */
export interface Moving {
  readonly tenant: TenantId;
  readonly makes: boolean;
}

type SiteOptions = Pick<StoreOptions, 'dataDir' | 'tenants' | 'signal' | 'mode' | 'moving'> & Sites;
/** The servers of clients that have their own, and whether they are opened. */
export interface Sites {
  readonly away: Away;
  readonly withSites: boolean;
}
type Away = readonly Shared<ServerConfig>[];

/** Of these clients those that are there, their tables brought up to date by whoever holds the data folder. */
async function reached(
  server: ServerAddress & Pick<Partial<ServerConfig>, 'replicas'>,
  { secrets, named }: { readonly secrets: Secrets; readonly named: readonly TenantId[] },
  { tenants: needed, signal, mode, moving }: SiteOptions,
) {
  await using undo = new AsyncDisposal();
  const clients = new Clients(server, secrets.passwordOf);
  undo.add(() => clients.close());
  const admin = clients.of(migrateUser, undefined);
  const { made: there, marks } = await bookOf(admin, secrets, server, signal);
  const known = [...new Set(named)].sort();
  refuseMarked(
    known.filter((tenant) => tenant !== moving?.tenant),
    secrets,
    marks,
  );
  const made = (tenant: TenantId) => moving?.makes === true && tenant === moving.tenant;
  const tenants = known.filter((tenant) => there.has(secrets.databaseOf(tenant)) || made(tenant));
  const missing = needed.filter((tenant) => known.includes(tenant) && !tenants.includes(tenant));
  if (missing.length > 0) throw notApplied(server.url, `has no database for ${missing.slice(0, 5).join(', ')} yet`);
  if (mode === 'own') await migrateServer(clients, secrets, tenants, server, signal);
  undo.move();
  return { clients, tenants, there, marks, cluster: server.cluster };
}

/** The tenants that have no database there yet. Throws STORE_REFUSED where the server does not know Cordon's users. */
export async function databaseless(
  clients: Clients,
  server: ServerConfig,
  secrets: Secrets,
  tenants: readonly TenantId[],
  signal: AbortSignal,
): Promise<TenantId[]> {
  const { made } = await bookOf(clients.of(migrateUser, undefined), secrets, server, signal);
  return tenants.filter((tenant) => !made.has(secrets.databaseOf(tenant)));
}

/** What the server's book says: which databases were made, and whose clients are elsewhere. */
async function bookOf(
  admin: ClickHouseClient,
  secrets: Secrets,
  { url, cluster }: ServerAddress,
  signal: AbortSignal,
): Promise<ReturnType<typeof inBook>> {
  try {
    return inBook(await untilAnswered(signal, () => appliedTo(admin, secrets.firmDatabase, signal, cluster)));
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
  { cluster }: Pick<ServerConfig, 'cluster'>,
  signal: AbortSignal,
): Promise<number> {
  const admin = clients.of(migrateUser, undefined);
  return untilAnswered(signal, () =>
    migrate(admin, secrets.firmDatabase, targetsOf(tenants, secrets), signal, cluster),
  );
}
