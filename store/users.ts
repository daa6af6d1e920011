/** Who may do what in the store. This description is all there is: `embedded/config-files.ts` turns it into users.xml, `server/` into SQL. */
import type { TenantId } from '../core/types.ts';
import type { Profile } from './profiles.ts';
import { headerColumns } from './queries/batch-row.ts';
import type { Secrets } from './secrets.ts';

export type TenantRole = 'land' | 'judge' | 'read' | 'witness';
export type FirmRole = 'judge' | 'read';

export interface StoreUser {
  readonly name: string;
  readonly profile: Profile;
  readonly grants: readonly string[];
}

export const tenantUser = (role: TenantRole, tenant: TenantId) => `${role}_${tenant}`;
export const firmUser = (role: FirmRole) => `firm_${role}`;
/** Makes databases and tables and reads what is there; no tenant's content. Its name can be no tenant's user. */
export const migrateUser = 'cordon_migrate';

export function tenantUsers(tenant: TenantId, database: string): StoreUser[] {
  const user = (role: TenantRole, grants: string[]): StoreUser => ({
    name: tenantUser(role, tenant),
    profile: role,
    grants,
  });
  return [
    user('land', [`INSERT ON ${database}.accesses`, `INSERT ON ${database}.batches`]),
    user('judge', [
      `SELECT ON ${database}.accesses`,
      `SELECT, INSERT ON ${database}.findings`,
      `SELECT, INSERT ON ${database}.lessons`,
    ]),
    user(
      'read',
      ['accesses', 'batches', 'findings', 'checkpoints', 'time_stamps'].map(
        (table) => `SELECT ON ${database}.${table}`,
      ),
    ),
    // Sees the headers of batches, and which merge brought them, and nothing of what is in them.
    user('witness', [
      `SELECT(${headerColumns}, lane, merge) ON ${database}.batches`,
      `SELECT, INSERT ON ${database}.checkpoints`,
      `SELECT, INSERT ON ${database}.time_stamps`,
    ]),
  ];
}

const firmTables = [
  'findings',
  'candidates',
  'alert_states',
  'ledger',
  'spread',
  'lessons',
  'keeping',
  'terms',
  'kept',
];

function firmUsers(database: string): StoreUser[] {
  const user = (role: FirmRole, rights: string): StoreUser => ({
    name: firmUser(role),
    profile: role,
    grants: firmTables.map((table) => `${rights} ON ${database}.${table}`),
  });
  return [user('judge', 'SELECT, INSERT'), user('read', 'SELECT')];
}

function migrator(firmDatabase: string, cluster: string | undefined): StoreUser {
  return {
    name: migrateUser,
    profile: 'migrate',
    grants: [
      'CREATE DATABASE, CREATE TABLE, CREATE VIEW, ALTER, DROP, SHOW ON *.*',
      `SELECT, INSERT ON ${firmDatabase}.migrations`,
      'TABLE ENGINE ON MergeTree',
      'TABLE ENGINE ON ReplacingMergeTree',
      ...(cluster === undefined
        ? []
        : ['CLUSTER ON *.*', 'TABLE ENGINE ON ReplicatedMergeTree', 'TABLE ENGINE ON ReplicatedReplacingMergeTree']),
    ],
  };
}

/** `cluster`: of a server of one's own that has one; its tables are replicated. */
export function allUsers(
  tenants: readonly TenantId[],
  secrets: Secrets,
  cluster: string | undefined = undefined,
): StoreUser[] {
  return [
    migrator(secrets.firmDatabase, cluster),
    ...(secrets.holdsFirm ? firmUsers(secrets.firmDatabase) : []),
    ...tenants.flatMap((tenant) => tenantUsers(tenant, secrets.databaseOf(tenant))),
  ];
}
