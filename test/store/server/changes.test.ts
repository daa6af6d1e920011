/** Description against server, both ways round: what a real server says of itself is read, and what is written is read by a real parser. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { tenantId, unattributed } from '../../../core/types.ts';
import { profileNames } from '../../../store/profiles.ts';
import { openSecrets } from '../../../store/secrets.ts';
import { openAdmin, type ServerAdmin } from '../../../store/server/admin.ts';
import { type Change, changesOf } from '../../../store/server/changes.ts';
import type { Snapshot } from '../../../store/server/snapshot.ts';
import { allUsers, type StoreUser } from '../../../store/users.ts';
import { folder } from '../../helpers/folder.ts';
import { adminName, type OwnServer, ownServer } from '../../helpers/own-server.ts';

jest.setTimeout(400_000);
const signal = AbortSignal.timeout(400_000);
const tenants = [tenantId('acme'), tenantId('globex'), unattributed];
const dir = folder();
const data = dir.file('data');
const config = (server: OwnServer) => ({ url: server.url, ca_file: undefined, admin: undefined, disk: 'default' });
const adminOf = (server: OwnServer): ServerAdmin =>
  openAdmin(config(server), { username: adminName, password: server.adminPassword }, openSecrets(data));

let server: OwnServer;
beforeAll(async () => {
  server = await ownServer(data, dir.file('server'), tenants);
}, 180_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const empty: Snapshot = {
  users: new Map(),
  profiles: new Map(),
  quotas: new Map(),
  databases: new Set(),
  policies: new Set(),
};
const wanted = () => {
  const { passwordOf } = openSecrets(data);
  return { users: allUsers(tenants, openSecrets(data)), passwordOf, strangers: new Set<string>() };
};
const statementsOf = (changes: readonly Change[]) => changes.flatMap(({ statements }) => statements);

/** As the real parser writes it back. Throws for what it cannot read. */
async function parsed(statement: string): Promise<string> {
  const query = new URLSearchParams({ param_statement: statement });
  const response = await fetch(`${server.url}/?${query}`, {
    method: 'POST',
    body: 'SELECT formatQuerySingleLine({statement:String}) FORMAT TabSeparatedRaw',
    headers: { 'X-ClickHouse-User': adminName, 'X-ClickHouse-Key': server.adminPassword },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${statement}: ${text}`);
  return text.trim();
}

test('a real server made from the same description differs in nothing but databases', async () => {
  await using admin = adminOf(server);
  const plan = await admin.plan(tenants, signal);
  expect(plan.changes).toEqual([]);
  expect(plan.diskless).toEqual([]);
  expect(plan.fresh).toEqual(tenants);
  const more = await admin.plan([...tenants, tenantId('initech')], signal);
  expect(more.diskless).toEqual(['initech']);
  expect(more.changes.map(({ kind, what }) => `${kind} ${what.split(':')[0]}`)).toEqual([
    'add user land_initech',
    'add user judge_initech',
    'add user read_initech',
    'add user witness_initech',
    'change quota cordon_read',
  ]);
});

test('what somebody changed on a real server is seen: a right too many, one missing, other limits, another password, a user too many', async () => {
  const changed = (users: StoreUser[]): StoreUser[] => [
    ...users.map((user) => {
      if (user.name === 'read_acme') return { ...user, grants: [...user.grants, 'SELECT ON system.query_log'] };
      if (user.name === 'judge_acme') return { ...user, grants: user.grants.slice(1) };
      if (user.name === 'land_acme') return { ...user, profile: 'read' as const };
      return user;
    }),
    { name: 'read_gone', profile: 'read', grants: ['SELECT ON d.t'] },
    { name: 'somebody_else', profile: 'read', grants: ['SELECT ON d.t'] },
  ];
  await using other = await ownServer(data, dir.file('changed'), tenants, changed);
  const secrets = openSecrets(data);
  const strange = {
    ...secrets,
    passwordOf: (user: string) => (user === 'witness_acme' ? 'x' : secrets.passwordOf(user)),
  };
  await using admin = openAdmin(config(other), { username: adminName, password: other.adminPassword }, strange);
  const { changes } = await admin.plan(tenants, signal);
  const acme = secrets.databaseOf(tenantId('acme'));
  expect(changes.filter(({ what }) => !what.startsWith('quota')).map(({ kind, what }) => `${kind} ${what}`)).toEqual([
    'change user land_acme: limits cordon_read → cordon_land',
    `change user judge_acme: SELECT ON ${acme}.accesses`,
    'change user read_acme: no longer SELECT ON system.query_log',
    'change user witness_acme: its password',
    'remove user read_gone',
  ]);
  const statements = statementsOf(changes);
  expect(statements).toContain('REVOKE SELECT ON system.query_log FROM `read_acme`');
  expect(statements).toContain(`GRANT SELECT ON ${acme}.accesses TO \`judge_acme\``);
  expect(statements).toContain('DROP USER IF EXISTS `read_gone`');
  for (const statement of statements) await parsed(statement);
});

describe('on a server that has nothing yet', () => {
  test('everything is made, each by a statement that the real parser takes', async () => {
    const changes = changesOf(wanted(), empty);
    const statements = statementsOf(changes);
    expect(changes.every(({ kind }) => kind === 'add')).toBe(true);
    const starts = [...new Set(statements.map((text) => /^(CREATE [A-Z]+( PROFILE)?|GRANT)/.exec(text)?.[0]))];
    expect(starts).toEqual(['CREATE SETTINGS PROFILE', 'CREATE USER', 'GRANT', 'CREATE QUOTA']);
    for (const statement of statements) {
      const [verb = ''] = statement.split(' ');
      expect(await parsed(statement)).toMatch(new RegExp(`^${verb} `));
    }
  });

  test('every user and every limit of the description is there, and no password is', () => {
    const text = statementsOf(changesOf(wanted(), empty)).join('\n');
    const { users, passwordOf } = wanted();
    for (const { name } of users) {
      expect(text).toContain(`CREATE USER \`${name}\` IDENTIFIED WITH sha256_hash BY '`);
      expect(text).not.toContain(passwordOf(name));
    }
    for (const profile of profileNames)
      expect(text).toContain(`CREATE SETTINGS PROFILE OR REPLACE \`cordon_${profile}\``);
    expect(text).toMatch(/`cordon_read` SETTINGS .*readonly = 1 CONST.*max_rows_to_read = 200000000 CONST/);
    expect(text).toMatch(/max_block_size CHANGEABLE_IN_READONLY/);
  });
});

test('a role that somebody granted is taken back, and who is not ours is left alone', async () => {
  await using admin = adminOf(server);
  await admin.plan(tenants, signal);
  const user = { profile: 'cordon_read', grants: new Map([['role dba', { right: 'dba', on: '', column: '' }]]) };
  const there: Snapshot = {
    ...empty,
    users: new Map([
      ['read_acme', user],
      ['dba_joe', user],
      ['read_Acme', user],
    ]),
  };
  const changes = changesOf({ ...wanted(), users: wanted().users.filter(({ name }) => name === 'read_acme') }, there);
  const statements = statementsOf(changes);
  expect(statements).toContain('REVOKE `dba` FROM `read_acme`');
  expect(statements.join('\n')).not.toMatch(/joe|Acme/);
  for (const statement of statements) await parsed(statement);
});
