/**
 * A ClickHouse server that stands for one's own: it knows Cordon's users from the same description, another way (users.xml), beside an
 * administrator, and has the clients' disks. This server takes no CREATE USER; all else is what a client sees of any server.
 */
import type { TenantId } from '../../core/types.ts';
import { launch } from '../../store/embedded/launch.ts';
import { insertLogsOf, readMigrations } from '../../store/migrate.ts';
import { openSecrets } from '../../store/secrets.ts';
import { allUsers, type StoreUser } from '../../store/users.ts';

export const adminName = 'boss';

export interface OwnServer extends AsyncDisposable {
  readonly url: string;
  readonly adminPassword: string;
}

/**
 * `dataDir`: the vault's data folder, whose secrets the users' passwords follow from. `home`: the server's. `at`: the address by which
 * these clients alone are stored there.
 */
export async function ownServer(
  dataDir: string,
  home: string,
  tenants: readonly TenantId[],
  change: (users: StoreUser[]) => StoreUser[] = (users) => users,
  at?: string,
): Promise<OwnServer> {
  const secrets = at === undefined ? openSecrets(dataDir) : openSecrets(dataDir).at(at);
  const boss: StoreUser = {
    name: adminName,
    profile: 'migrate',
    grants: ['SELECT ON system.*', 'SHOW ON *.*', 'SHOW ACCESS ON *.*'],
  };
  const disks = [
    ...(secrets.holdsFirm ? [{ name: secrets.diskOf(undefined), keyHex: secrets.firmDiskKey }] : []),
    ...tenants.map((tenant) => ({ name: secrets.diskOf(tenant), keyHex: secrets.diskKeyOf(tenant) })),
  ];
  const server = await launch({
    home,
    users: [...change(allUsers(tenants, secrets)), boss],
    passwordOf: secrets.passwordOf,
    disks,
    insertLogs: tenants.length * insertLogsOf(readMigrations('tenant')),
    signal: AbortSignal.timeout(60_000),
  });
  return {
    url: `http://127.0.0.1:${server.endpoint.port}`,
    adminPassword: secrets.passwordOf(adminName),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
