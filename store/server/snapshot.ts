/** What a server has of users, grants, limits and disks, as it says itself in its system tables. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { asked } from '../query.ts';
import { type Grant, grantKey } from './grants.ts';

export interface ServerUser {
  /** The settings profile; '' for none. */
  readonly profile: string;
  /** By `grantKey`. */
  readonly grants: ReadonlyMap<string, Grant>;
}

export interface ServerQuota {
  readonly seconds: number;
  readonly limits: Readonly<Record<string, number>>;
  readonly users: readonly string[];
}

export interface Snapshot {
  readonly users: ReadonlyMap<string, ServerUser>;
  /** Each setting as `value`, or `value CONST`, or ` CHANGEABLE_IN_READONLY`. */
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly quotas: ReadonlyMap<string, ServerQuota>;
  readonly databases: ReadonlySet<string>;
  /** Storage policies. */
  readonly policies: ReadonlySet<string>;
}

const grant = z.object({
  user: z.string(),
  right: z.string(),
  object: z.string(),
  database: z.string(),
  table: z.string(),
  column: z.string(),
});
const element = z.object({
  profile: z.string(),
  user: z.string(),
  setting: z.string(),
  value: z.string(),
  writability: z.string(),
  inherited: z.string(),
});
const quota = z.object({ name: z.string(), users: z.array(z.string()) });
const limit = z.object({ quota: z.string(), seconds: z.number(), limits: z.record(z.string(), z.number().nullable()) });
const named = z.object({ name: z.string() });
const role = z.object({ user: z.string(), role: z.string() });

/** Without a user's name it is a role's, and none of ours. A right taken back from a part of what is granted is none of ours either. */
const grantsSql = `
  SELECT ifNull(user_name, '') AS user, toString(access_type) AS right, access_object AS object,
         ifNull(database, '') AS database, ifNull(table, '') AS table, ifNull(column, '') AS column
  FROM system.grants WHERE user_name IS NOT NULL AND NOT is_partial_revoke`;
const rolesSql = `
  SELECT ifNull(user_name, '') AS user, granted_role_name AS role FROM system.role_grants WHERE user_name IS NOT NULL`;
const elementsSql = `
  SELECT ifNull(profile_name, '') AS profile, ifNull(user_name, '') AS user, ifNull(setting_name, '') AS setting,
         ifNull(value, '') AS value, ifNull(toString(writability), '') AS writability, ifNull(inherit_profile, '') AS inherited
  FROM system.settings_profile_elements ORDER BY profile_name, user_name, index`;
const limitsSql = `
  SELECT quota_name AS quota, toUInt32(duration) AS seconds,
         map('queries', max_queries, 'result_rows', max_result_rows, 'read_rows', max_read_rows,
             'execution_time', toUInt64(max_execution_time), 'errors', max_errors) AS limits
  FROM system.quota_limits`;

/** `admin`: somebody who may read these tables and see access (SHOW ACCESS). Throws as `run` does. */
export async function snapshotOf(admin: ClickHouseClient, signal: AbortSignal): Promise<Snapshot> {
  const read = <Row>(row: z.ZodType<Row>, query: string): Promise<Row[]> =>
    asked('server-snapshot', signal, async () => {
      const settings = { output_format_json_quote_64bit_integers: 0 } as const;
      const result = await admin.query({
        ...{ query, format: 'JSONEachRow', abort_signal: signal, clickhouse_settings: settings },
      });
      return z.array(row).parse(await result.json());
    });
  const users = await read(named, 'SELECT name FROM system.users');
  const grants = await read(grant, grantsSql);
  const roles = await read(role, rolesSql);
  const elements = await read(element, elementsSql);
  const quotas = await read(quota, 'SELECT name, apply_to_list AS users FROM system.quotas');
  const limits = await read(limit, limitsSql);
  const databases = await read(named, 'SELECT name FROM system.databases');
  const policies = await read(named, 'SELECT DISTINCT policy_name AS name FROM system.storage_policies');
  return {
    users: usersOf(users, grants, roles, elements),
    profiles: profilesOf(elements),
    quotas: new Map(quotas.map(({ name, users: to }) => [name, { ...limitsOf(limits, name), users: [...to].sort() }])),
    databases: new Set(databases.map(({ name }) => name)),
    policies: new Set(policies.map(({ name }) => name)),
  };
}

type Row<Shape extends z.ZodType> = z.output<Shape>;

function usersOf(
  users: readonly Row<typeof named>[],
  grants: readonly Row<typeof grant>[],
  roles: readonly Row<typeof role>[],
  elements: readonly Row<typeof element>[],
): Map<string, ServerUser> {
  const profile = new Map(elements.filter((one) => one.user !== '').map((one) => [one.user, one.inherited]));
  const found = new Map<string, { profile: string; grants: Map<string, Grant> }>(
    users.map(({ name }) => [name, { profile: profile.get(name) ?? '', grants: new Map() }]),
  );
  for (const { user: name, right, object, database, table, column } of grants) {
    const place = database === '' ? '*.*' : `${database}.${table === '' ? '*' : table}`;
    const one: Grant = { right, on: object === '' ? place : object, column };
    found.get(name)?.grants.set(grantKey(one), one);
  }
  // None of ours has a role; one that somebody granted is a right too many.
  for (const { user: name, role: granted } of roles) {
    const one: Grant = { right: granted, on: '', column: '' };
    found.get(name)?.grants.set(grantKey(one), one);
  }
  return found;
}

function profilesOf(elements: readonly Row<typeof element>[]): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const { profile, setting, value, writability } of elements) {
    if (profile === '' || setting === '') continue;
    const settings = found.get(profile) ?? new Map<string, string>();
    found.set(profile, settings.set(setting, writability === '' ? value : `${value} ${writability}`.trim()));
  }
  return found;
}

function limitsOf(limits: readonly Row<typeof limit>[], name: string): Pick<ServerQuota, 'seconds' | 'limits'> {
  const found = limits.find(({ quota: of }) => of === name);
  const set = Object.entries(found?.limits ?? {}).filter((each): each is [string, number] => each[1] !== null);
  return { seconds: found?.seconds ?? 0, limits: Object.fromEntries(set) };
}
