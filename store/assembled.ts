/** A store out of its parts: the embedded one and one of your own are the same from here on. */
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import type { Clients } from './clients.ts';
import type { KeptServer } from './embedded/keep-running.ts';
import type { Store, StoreOptions } from './index.ts';
import { noted } from './reads/noted.ts';
import { ReadBook } from './reads/read-book.ts';
import type { Secrets } from './secrets.ts';
import { tenantTables } from './tenants.ts';
import { firmUser, migrateUser, type TenantRole, tenantUser } from './users.ts';

interface Opened {
  readonly tenants: readonly TenantId[];
  readonly secrets: Secrets;
  readonly clients: Clients;
  readonly close: () => Promise<void>;
  /** The one this process started. */
  readonly server: KeptServer | undefined;
  /** Of a server of one's own, if it is in one. */
  readonly cluster?: string | undefined;
}

/** What is read of a tenant through these is written down; the witness sees no more than headers, and the lander nothing. */
const notedRoles: readonly TenantRole[] = ['read', 'judge'];

export function assembled(opened: Opened, { dataDir, log }: StoreOptions): Store {
  const { tenants, secrets, clients, close, server } = opened;
  const known = new Set(tenants);
  const book = new ReadBook(dataDir, log);
  return {
    tenants,
    get serverPid() {
      return server?.pid;
    },
    failed: server?.failed ?? new Promise(() => undefined),
    client(role, tenant) {
      if (known.has(tenant)) {
        const client = clients.of(tenantUser(role, tenant), secrets.databaseOf(tenant));
        if (notedRoles.includes(role)) noted(client, book.heardOf(tenant));
        return client;
      }
      throw new Fault('NOT_FOUND', `there is no client \`${tenant}\` in the store; check the id against the directory`);
    },
    firm: (role) => clients.of(firmUser(role), secrets.firmDatabase),
    tables: tenantTables(clients.of(migrateUser, undefined), secrets, tenants, opened.cluster),
    async [Symbol.asyncDispose]() {
      try {
        await book[Symbol.asyncDispose]();
      } finally {
        await close();
      }
    },
  };
}
