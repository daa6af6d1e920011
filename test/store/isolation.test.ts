/**
 * The isolation matrix: every user × every table × every right, tried at the real server. What must be allowed is read from
 * the description in store/users.ts and what is there from the server itself, so a new table or user cannot be forgotten.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { tenantId, unattributed } from '../../core/types.ts';
import { openSecrets, type Secrets } from '../../store/secrets.ts';
import { allUsers, migrateUser, type StoreUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';

jest.setTimeout(400_000);
const tenants = [tenantId('acme'), tenantId('globex'), unattributed];
const atOnce = 8;
const own =
  /^(accesses|batches|findings|checkpoints|time_stamps|candidates|alert_states|ledger|spread|lessons|keeping|terms|kept|migrations)$/;

let opened: TestStore;
let secrets: Secrets;
let users: readonly StoreUser[] = [];
let tables: { database: string; name: string }[] = [];
let functions: string[] = [];

beforeAll(async () => {
  opened = await openTestStore('acme', 'globex');
  secrets = openSecrets(opened.dataDir);
  users = allUsers(tenants, secrets);
  const migrator = askAs(opened.dataDir, migrateUser);
  tables = (
    JSON.parse((await migrator('SELECT database, name FROM system.tables FORMAT JSON')).text) as { data: typeof tables }
  ).data;
  const listed = await migrator('SELECT name FROM system.table_functions FORMAT TabSeparated');
  functions = listed.ok ? listed.text.trim().split('\n') : [];
}, 120_000);
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});

const ours = () =>
  tables.filter(({ database }) => [secrets.firmDatabase, ...tenants.map(secrets.databaseOf)].includes(database));

/** What the description grants on a table, by the statement's first word. Some columns only is not the table. */
function granted({ grants }: StoreUser, table: string): string[] {
  return grants
    .filter((grant) => grant.endsWith(` ON ${table}`))
    .flatMap((grant) => (grant.includes('(') ? [] : grant.slice(0, -` ON ${table}`.length).split(', ')));
}

/** Runs all of them, some at a time, in whatever order; gives back those the server allowed. */
async function allowed<T extends { user: string; sql: string }>(trials: readonly T[]): Promise<T[]> {
  const ok: T[] = [];
  const queue = trials.values();
  const work = async () => {
    for (const trial of queue) if ((await askAs(opened.dataDir, trial.user)(trial.sql)).ok) ok.push(trial);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return ok;
}

test('every table of every database of ours is one that this matrix knows, and each client has all of its kind', () => {
  expect(ours().filter(({ name }) => !own.test(name))).toEqual([]);
  const [first = [], ...others] = tenants.map((tenant) =>
    ours()
      .filter(({ database }) => database === secrets.databaseOf(tenant))
      .map(({ name }) => name)
      .sort(),
  );
  expect(first.length).toBeGreaterThanOrEqual(4);
  for (const other of others) expect(other).toEqual(first);
});

test('no grant of a client’s user names anything but a table of that client', () => {
  for (const { name, grants } of users) {
    const owner = tenants.find((tenant) => name.endsWith(`_${tenant}`) && /^(land|judge|read|witness)_/.test(name));
    if (name === migrateUser) continue;
    const database = owner === undefined ? secrets.firmDatabase : secrets.databaseOf(owner);
    for (const grant of grants) expect(grant).toMatch(new RegExp(` ON ${database}\\.[a-z_]+$`));
  }
});

describe('tried with every user on every table', () => {
  const trialsOf = (right: string, sqlOf: (table: string) => string) =>
    users.flatMap((user) =>
      ours().map(({ database, name }) => ({
        user: user.name,
        table: `${database}.${name}`,
        sql: sqlOf(`${database}.${name}`),
        due: granted(user, `${database}.${name}`).includes(right),
      })),
    );

  test.each([
    ['SELECT', 'a row', (table: string) => `SELECT * FROM ${table} LIMIT 1`],
    ['SELECT', 'a count', (table: string) => `SELECT count() FROM ${table} WHERE NOT ignore(*)`],
    ['INSERT', 'nothing yet', (table: string) => `INSERT INTO ${table} FORMAT JSONEachRow`],
  ])('%s (%s) is allowed where it is described, and nowhere else', async (right, _, sqlOf) => {
    const trials = trialsOf(right, sqlOf);
    const keys = (list: readonly { user: string; table: string }[]) =>
      list.map(({ user, table }) => `${user} ${table}`).sort();
    expect(keys(await allowed(trials))).toEqual(keys(trials.filter(({ due }) => due)));
    expect(trials.filter(({ due }) => due).length).toBeGreaterThan(10);
  });

  test('the witness sees headers of batches, and never what is in them', async () => {
    for (const tenant of tenants) {
      const ask = askAs(opened.dataDir, `witness_${tenant}`);
      const batches = `${secrets.databaseOf(tenant)}.batches`;
      expect((await ask(`SELECT collector, seq, root, sig FROM ${batches}`)).ok).toBe(true);
      expect((await ask(`SELECT value FROM ${batches}`)).ok).toBe(false);
      expect((await ask(`SELECT length(value) FROM ${batches}`)).ok).toBe(false);
    }
  });

  test('nobody but the one who makes tables changes one, makes one or takes one away', async () => {
    const others = users.filter(({ name }) => name !== migrateUser);
    const statements = (table: string, database: string) => [
      ...[
        `ALTER TABLE ${table} DELETE WHERE 1`,
        `ALTER TABLE ${table} ADD COLUMN x Int8`,
        `ALTER TABLE ${table} MODIFY TTL now()`,
      ],
      ...[`DELETE FROM ${table} WHERE 1`, `TRUNCATE TABLE ${table}`, `DROP TABLE ${table}`, `DETACH TABLE ${table}`],
      ...[`RENAME TABLE ${table} TO ${table}_x`, `OPTIMIZE TABLE ${table}`, `ALTER TABLE ${table} FREEZE`],
      ...[`CREATE TABLE ${table}_x (a Int8) ENGINE = MergeTree ORDER BY a`, `CREATE VIEW ${table}_v AS SELECT 1`],
      ...[
        `DROP DATABASE ${database}`,
        `BACKUP TABLE ${table} TO Disk('base', 'x')`,
        `GRANT SELECT ON ${table} TO read_acme`,
      ],
    ];
    const trials = others.flatMap(({ name }) =>
      ours().flatMap((each) =>
        statements(`${each.database}.${each.name}`, each.database).map((sql) => ({ user: name, sql })),
      ),
    );
    expect(trials.length).toBeGreaterThan(2_000);
    expect(await allowed(trials)).toEqual([]);
  });

  test('the one who makes tables reads none of them but its own book', async () => {
    const trials = ours().map(({ database, name }) => ({
      user: migrateUser,
      table: name,
      sql: `SELECT * FROM ${database}.${name}`,
    }));
    expect((await allowed(trials)).map(({ table }) => table)).toEqual(['migrations']);
  });
});

/** These make a table of their own arguments, or of nothing. */
const harmless =
  /^(null|numbers(_mt)?|zeros(_mt)?|one|generate_?series|primes|values|SQLStandardValues|format|input|generateRandom|fuzzJSON|fuzzQuery)$/i;
const arguments_: readonly string[] = [
  "'/etc/passwd'",
  "'http://127.0.0.1:1/', 'CSV', 'a String'",
  "'127.0.0.1:1', 'd', 't', 'u', 'p'",
];

test('no table function takes anybody outside, with whatever arguments', async () => {
  const known = [
    'file',
    'url',
    'remote',
    'remoteSecure',
    's3',
    'mysql',
    'postgresql',
    'cluster',
    'executable',
    'sqlite',
    'merge',
  ];
  const names = [...new Set([...functions, ...known])].filter((name) => !harmless.test(name));
  const others = tenants.map((tenant) => `${secrets.databaseOf(tenant)}`);
  const trials = users
    .filter(({ name }) => name !== migrateUser)
    .flatMap(({ name: user }) => {
      const foreign =
        others.find((database) => !users.some((u) => u.name === user && u.grants.some((g) => g.includes(database)))) ??
        '';
      return names.flatMap((name) =>
        [...arguments_, `'${foreign}', 'accesses'`, `${foreign}, accesses`, `'127.0.0.1', ${foreign}.accesses`].map(
          (given) => ({
            user,
            sql: `SELECT * FROM ${name}(${given})`,
          }),
        ),
      );
    });
  expect(names.length).toBeGreaterThan(50);
  expect((await allowed(trials)).map(({ user, sql }) => `${user}: ${sql}`)).toEqual([]);
});

test('no system table tells a user of a client that is not its own', async () => {
  const system = tables.filter(({ database }) => /^(system|information_schema)$/i.test(database));
  expect(system.length).toBeGreaterThan(50);
  const told: string[] = [];
  for (const { name: user, grants } of users.filter(({ name }) => name !== migrateUser)) {
    const foreign = tenants
      .map(secrets.databaseOf)
      .filter((database) => !grants.some((grant) => grant.includes(database)));
    const queue = system.values();
    const work = async () => {
      for (const { database, name } of queue) {
        const { text } = await askAs(opened.dataDir, user)(`SELECT * FROM ${database}.${name} LIMIT 100000`);
        if (foreign.some((one) => text.includes(one))) told.push(`${user}: ${database}.${name}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }
  expect(told).toEqual([]);
});
