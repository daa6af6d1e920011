import type { TenantId } from '../core/types.ts';
import { readMigrations, type Target } from './migrate.ts';
import type { Secrets } from './secrets.ts';

/** What the firm's database and those of these tenants are made of. */
export function targetsOf(tenants: readonly TenantId[], secrets: Secrets): Target[] {
  const forTenant = readMigrations('tenant');
  return [
    { database: secrets.firmDatabase, migrations: readMigrations('firm'), names: { disk: secrets.diskOf(undefined) } },
    ...tenants.map((tenant) => ({
      database: secrets.databaseOf(tenant),
      migrations: forTenant,
      names: { tenant, disk: secrets.diskOf(tenant) },
    })),
  ];
}
