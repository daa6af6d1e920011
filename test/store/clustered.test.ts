/** Each migration and each statement about users, as a cluster takes it: read by the real parser, its settings known to the real server. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { tenantId, unattributed } from '../../core/types.ts';
import { Clients } from '../../store/clients.ts';
import { clustered, clusterSettings } from '../../store/clustered.ts';
import { appliedTo, filledIn, migrate, readMigrations } from '../../store/migrate.ts';
import { openSecrets } from '../../store/secrets.ts';
import { changesOf } from '../../store/server/changes.ts';
import { allUsers } from '../../store/users.ts';
import { folder } from '../helpers/folder.ts';
import { adminName, type OwnServer, ownServer } from '../helpers/own-server.ts';

jest.setTimeout(400_000);
const dir = folder();
const tenants = [tenantId('acme'), unattributed];
const names = { database: 'cl_abc', tenant: 'acme', disk: 'dk_abc' };
const migrations = [...readMigrations('tenant'), ...readMigrations('firm')];

let server: OwnServer;
beforeAll(async () => {
  server = await ownServer(dir.file('data'), dir.file('server'), tenants);
}, 180_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** Throws what the server says. */
async function asked(body: string, statement = ''): Promise<string> {
  // A parameter's value is in the form of a tab-separated file.
  const given = statement.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  const response = await fetch(`${server.url}/?${new URLSearchParams({ param_statement: given })}`, {
    method: 'POST',
    body,
    headers: { 'X-ClickHouse-User': adminName, 'X-ClickHouse-Key': server.adminPassword },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${statement}: ${text}`);
  return text.trim();
}

/** As the real parser writes it back. */
const parsed = (statement: string): Promise<string> =>
  asked('SELECT formatQuerySingleLine({statement:String}) FORMAT TabSeparatedRaw', statement);

describe.each(migrations)('$name', ({ statements }) => {
  const given = statements.map((statement) => filledIn(statement, names));

  test('is what it was where there is no cluster', () => {
    expect(given.map((statement) => clustered(statement, undefined))).toEqual(given);
  });

  test('makes each table on all servers, replicated, and the real parser reads it', async () => {
    for (const statement of given) {
      const text = await parsed(clustered(statement, 'firm'));
      const [, verb, table = ''] = /^(CREATE TABLE IF NOT EXISTS|ALTER TABLE) cl_abc\.(\w+)/.exec(statement) ?? [];
      if (verb === 'ALTER TABLE') {
        expect(text).toBe(await parsed(statement));
        continue;
      }
      expect(text).toMatch(new RegExp(`^CREATE TABLE IF NOT EXISTS cl_abc\\.${table} ON CLUSTER firm \\(`));
      const [, versioned] = /ENGINE = ReplacingMergeTree\((\w+)\)/.exec(statement) ?? [];
      const made = versioned ? 'ReplicatedReplacingMergeTree' : 'ReplicatedMergeTree';
      const last = versioned ? `, ${versioned}` : '';
      expect(text).toContain(` ENGINE = ${made}('/cordon/cl_abc/${table}', '{replica}'${last}) `);
      expect(text).not.toContain('non_replicated');
    }
  });

  test('has the same columns, order and settings as on one server, but for what is remembered of inserts', async () => {
    for (const statement of given.filter((text) => text.startsWith('CREATE TABLE'))) {
      const bare = (text: string) =>
        text
          .replace(' ON CLUSTER firm', '')
          .replace(/ ENGINE = \w+(\(.*?\))?(?= (PARTITION|ORDER))/, '')
          .replaceAll(/, (non_)?replicated_deduplication_window(_seconds)? = \d+/g, '');
      expect(bare(await parsed(clustered(statement, 'firm')))).toBe(bare(await parsed(statement)));
    }
  });
});

test('tables that remember inserts remember as many in a cluster, for a week, and the others none', () => {
  const windows = migrations
    .flatMap(({ statements }) => statements)
    .filter((statement) => statement.startsWith('CREATE TABLE'))
    .map((statement) => clustered(filledIn(statement, names), 'firm'))
    .map((text) => [/EXISTS \w+\.(\w+)/.exec(text)?.[1], text.match(/\w*deduplication_window\w* = \d+/g)?.join(', ')]);
  const remembering = 'replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800';
  expect(
    windows
      .filter(([, text]) => text === remembering)
      .map(([table = '']) => table)
      .sort(),
  ).toEqual(['accesses', 'batches', 'terms']);
  expect(windows.filter(([, text]) => text === 'replicated_deduplication_window = 0')).toHaveLength(windows.length - 3);
});

test('the server knows every setting and engine that is named', async () => {
  const known = await asked(`SELECT count() FROM system.replicated_merge_tree_settings
    WHERE name IN ('replicated_deduplication_window', 'replicated_deduplication_window_seconds')`);
  expect(known).toBe('2');
  const engines =
    await asked(`SELECT count() FROM system.table_engines WHERE supports_replication AND supports_deduplication
    AND name IN ('ReplicatedMergeTree', 'ReplicatedReplacingMergeTree')`);
  expect(engines).toBe('2');
  for (const [name, value] of Object.entries(clusterSettings('firm')))
    expect(await asked(`SELECT 1 SETTINGS ${name} = '${value}'`)).toBe('1');
  await expect(asked("SELECT 1 SETTINGS distributed_ddl_output_mode = 'throw_only_actve'")).rejects.toThrow();
  expect(clusterSettings(undefined)).toEqual({});
});

test('users, limits, quotas and rights are made and taken on all servers', async () => {
  const secrets = openSecrets(dir.file('data'));
  const users = allUsers(tenants, secrets, 'firm');
  const nothing = {
    users: new Map(),
    profiles: new Map(),
    quotas: new Map(),
    databases: new Set(),
    policies: new Set(),
  };
  const role = { profile: 'x', grants: new Map([['role dba', { right: 'dba', on: '', column: '' }]]) };
  const wanted = { users, passwordOf: secrets.passwordOf, strangers: new Set(['read_acme']) };
  const statements = [
    ...changesOf(wanted, nothing as never),
    ...changesOf(wanted, {
      ...nothing,
      users: new Map([
        ['read_acme', role],
        ['land_gone', role],
      ]),
    } as never),
  ].flatMap((change) => change.statements);
  const starts = new Set<string>();
  for (const statement of statements) {
    const text = await parsed(clustered(statement, 'firm'));
    expect(text.match(/ ON CLUSTER firm( |$)/g)).toHaveLength(1);
    expect(text.replace(' ON CLUSTER firm', '')).toBe(await parsed(statement));
    starts.add(/^(CREATE|ALTER|DROP)? ?(USER|SETTINGS PROFILE|QUOTA|GRANT|REVOKE)/.exec(text)?.[0] ?? text);
  }
  const each = ['CREATE SETTINGS PROFILE', 'CREATE USER', 'GRANT', 'CREATE QUOTA', 'ALTER USER', 'REVOKE', 'DROP USER'];
  expect([...starts].sort()).toEqual(each.sort());
});

test('what was made already is not made again on the whole cluster: a server that is away keeps no verb waiting', async () => {
  const secrets = openSecrets(dir.file('data'));
  const clients = new Clients({ url: server.url, ca_file: undefined }, secrets.passwordOf);
  const db = clients.of('cordon_migrate', undefined);
  const signal = AbortSignal.timeout(60_000);
  const book = secrets.firmDatabase;
  // This server is in no cluster, so that a statement for one is refused.
  await expect(appliedTo(db, book, signal, 'firm')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  const firm = { database: book, migrations: readMigrations('firm'), names: { disk: secrets.diskOf(undefined) } };
  expect(await migrate(db, book, [firm], signal)).toBe(firm.migrations.length);
  expect((await appliedTo(db, book, signal, 'firm')).get(book)?.size).toBe(firm.migrations.length);
  expect(await migrate(db, book, [firm], signal, 'firm')).toBe(0);
  await clients.close();
});

test('who makes tables may do so on a cluster there, and not where there is none', () => {
  const secrets = openSecrets(dir.file('data'));
  const grantsOf = (cluster: string | undefined) =>
    allUsers([], secrets, cluster).find(({ name }) => name === 'cordon_migrate')?.grants ?? [];
  const more = grantsOf('firm').filter((grant) => !grantsOf(undefined).includes(grant));
  expect(more).toEqual([
    'CLUSTER ON *.*',
    'TABLE ENGINE ON ReplicatedMergeTree',
    'TABLE ENGINE ON ReplicatedReplacingMergeTree',
  ]);
});

test('databases come and go on all servers; a statement nobody thought of is refused', async () => {
  expect(await parsed(clustered('DROP DATABASE IF EXISTS d SYNC', 'firm'))).toBe(
    'DROP DATABASE IF EXISTS d ON CLUSTER firm SYNC',
  );
  expect(await parsed(clustered('CREATE DATABASE IF NOT EXISTS d', 'firm'))).toBe(
    'CREATE DATABASE IF NOT EXISTS d ON CLUSTER firm',
  );
  const strange = [
    'CREATE VIEW d.v AS SELECT 1',
    'CREATE TABLE IF NOT EXISTS d.t (a Int8) ENGINE = Log SETTINGS a = 1',
  ];
  for (const statement of [...strange, 'CREATE TABLE IF NOT EXISTS d.t (a Int8) ENGINE = MergeTree ORDER BY a'])
    expect(() => clustered(statement, 'firm')).toThrow('does not know how a cluster takes');
});
