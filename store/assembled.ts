/** A store out of its parts: the embedded one and one of your own are the same from here on. */
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import type { Clients } from './clients.ts';
import type { KeptServer } from './embedded/keep-running.ts';
import type { Store } from './index.ts';
import type { Secrets } from './secrets.ts';
import { tenantTables } from './tenants.ts';
import { firmUser, migrateUser, tenantUser } from './users.ts';

interface Opened {
  readonly tenants: readonly TenantId[];
  readonly secrets: Secrets;
  readonly clients: Clients;
  readonly close: () => Promise<void>;
  /** The one this process started. */
  readonly server: KeptServer | undefined;
}

export function assembled({ tenants, secrets, clients, close, server }: Opened): Store {
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
