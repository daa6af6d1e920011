/** A store out of its parts: the embedded one and one of your own are the same from here on. */
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import type { Clients } from './clients.ts';
import type { KeptServer } from './embedded/keep-running.ts';
import type { Store, StoreOptions } from './index.ts';
import { movingTenants, onItsWay } from './moving.ts';
import { noted } from './reads/noted.ts';
import { ReadBook } from './reads/read-book.ts';
import type { Secrets } from './secrets.ts';
import type { Site } from './server/open.ts';
import { type TenantTables, tenantTables } from './tenants.ts';
import { firmUser, migrateUser, type TenantRole, tenantUser } from './users.ts';

interface Opened {
  readonly tenants: readonly TenantId[];
  readonly secrets: Secrets;
  readonly clients: Clients;
  /** Where the other tenants are. */
  readonly sites: readonly Site[];
  readonly close: () => Promise<void>;
  /** The one this process started. */
  readonly server: KeptServer | undefined;
  /** Of a server of one's own, if it is in one. */
  readonly cluster?: string | undefined;
}

/** What is read of a tenant through these is written down; the witness sees no more than headers, and the lander nothing. */
const notedRoles: readonly TenantRole[] = ['read', 'judge'];

export function assembled(
  opened: Opened,
  { dataDir, log, moving }: Pick<StoreOptions, 'dataDir' | 'log' | 'moving'>,
): Store {
  const { tenants, secrets, clients, sites, close, server } = opened;
  const home: Site = { tenants, secrets, clients, cluster: opened.cluster };
  const siteOf = new Map([home, ...sites].flatMap((site) => site.tenants.map((tenant) => [tenant, site] as const)));
  const book = new ReadBook(dataDir, log);
  // By another process: what lies here now is a part of it, or all of it twice.
  const onTheirWay = movingTenants(dataDir).filter((tenant) => tenant !== moving?.tenant);
  return {
    tenants: [...siteOf.keys()].sort(),
    get serverPid() {
      return server?.pid;
    },
    failed: server?.failed ?? new Promise(() => undefined),
    client(role, tenant) {
      const site = siteOf.get(tenant);
      if (onTheirWay.includes(tenant)) throw onItsWay(tenant);
      if (site) {
        const client = site.clients.of(tenantUser(role, tenant), site.secrets.databaseOf(tenant));
        if (notedRoles.includes(role)) noted(client, book.heardOf(tenant));
        return client;
      }
      throw new Fault('NOT_FOUND', `there is no client \`${tenant}\` in the store; check the id against the directory`);
    },
    firm: (role) => clients.of(firmUser(role), secrets.firmDatabase),
    tables: tablesAt(home, sites),
    async [Symbol.asyncDispose]() {
      try {
        await book[Symbol.asyncDispose]();
      } finally {
        await close();
      }
    },
  };
}

/** Each client's tables where they are; of one that nobody knows, where the firm is. */
function tablesAt(firms: Site, sites: readonly Site[]): TenantTables {
  const at = (site: Site) =>
    tenantTables(site.clients.of(migrateUser, undefined), site.secrets, site.tenants, site.cluster);
  const home = at(firms);
  const others = sites.map((site) => ({ site, tables: at(site) }));
  const of = (tenant: TenantId) => others.find(({ site }) => site.tenants.includes(tenant))?.tables ?? home;
  return {
    async sizes(signal) {
      const found = await Promise.all([home, ...others.map(({ tables }) => tables)].map((one) => one.sizes(signal)));
      return new Map(found.flatMap((sizes) => [...sizes]));
    },
    async kept(signal) {
      const found = new Map(await home.kept(signal));
      for (const { tables } of others) for (const [tenant, one] of await tables.kept(signal)) found.set(tenant, one);
      return found;
    },
    keep: (tenant, retention, signal) => of(tenant).keep(tenant, retention, signal),
    keepFirm: (longest, signal) => home.keepFirm(longest, signal),
    withdraw: (tenant, batches, signal) => of(tenant).withdraw(tenant, batches, signal),
    withdrawCheckpoint: (tenant, checkpoint, signal) => of(tenant).withdrawCheckpoint(tenant, checkpoint, signal),
    drop: (tenant, signal) => of(tenant).drop(tenant, signal),
    moving: (tenant) => of(tenant).moving(tenant),
    settle: (tenant, signal) => home.settle(tenant, signal),
  };
}
