import type { TenantId } from '../core/types.ts';
import { readMigrations, type Target } from './migrate.ts';
import type { Secrets } from './secrets.ts';

/** What the firm's database, where it is, and those of these tenants are made of. */
export function targetsOf(tenants: readonly TenantId[], secrets: Secrets): Target[] {
  const forTenant = readMigrations('tenant');
  const { firmDatabase: database, holdsFirm } = secrets;
  return [
    ...(holdsFirm
      ? [{ database, migrations: readMigrations('firm'), names: { disk: secrets.diskOf(undefined) } }]
      : []),
    ...tenants.map((tenant) => ({
      database: secrets.databaseOf(tenant),
      migrations: forTenant,
      names: { tenant, disk: secrets.diskOf(tenant) },
    })),
  ];
}
