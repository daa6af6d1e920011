/** Isolation, tried with each credential in the store. The matrix is made from what the server itself says it has. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tenantId } from '../../core/types.ts';
import { openSecrets } from '../../store/secrets.ts';
import { allUsers, migrateUser } from '../../store/users.ts';
import { type Answer, askAs } from '../helpers/ask-as.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';

const acme = tenantId('acme');
const globex = tenantId('globex');
const row = (tenant: string, object: string) =>
  JSON.stringify({
    ...{ id: 'a'.repeat(32), at: '2026-03-04T09:15:02.000Z', seen_at: '2026-03-04T09:15:03.000Z', tenant, object },
    ...{
      source: 'fs1',
      class: 'file',
      action: 'read',
      outcome: 'success',
      actor: 'p1',
      actor_kind: 'person',
      count: 1,
    },
    ...{ attributed_by: 'path', records_sha256: 'b'.repeat(64), collector: 'fs1', seq: 0, index: 0 },
  });
/** Would be in any answer that tells of the other client. */
const theirs = 'globex';

let opened: TestStore;
let mine = '';
let other = '';
let firm = '';
let tables: { database: string; name: string }[] = [];

beforeAll(async () => {
  opened = await openTestStore(acme, globex);
  const secrets = openSecrets(opened.dataDir);
  mine = secrets.databaseOf(acme);
  other = secrets.databaseOf(globex);
  firm = secrets.firmDatabase;
  for (const tenant of [acme, globex]) {
    const land = askAs(opened.dataDir, `land_${tenant}`);
    const database = secrets.databaseOf(tenant);
    const answer = await land(
      `INSERT INTO ${database}.accesses FORMAT JSONEachRow\n${row(tenant, `/srv/${tenant}/x`)}`,
    );
    expect(answer).toEqual({ ok: true, text: '' });
  }
  const listed = await askAs(opened.dataDir, migrateUser)('SELECT database, name FROM system.tables FORMAT JSON');
  tables = (JSON.parse(listed.text) as { data: typeof tables }).data;
});

afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});

const told = ({ text }: Answer) => text.includes(theirs) || text.includes(other);

test('the matrix knows every table there is', () => {
  expect(tables.filter(({ database }) => database === mine).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['accesses', 'batches', 'findings']),
  );
  expect(tables.filter(({ database }) => database === 'system').length).toBeGreaterThan(50);
});

describe("a client's reader", () => {
  const ask = (sql: string, settings?: Record<string, string>) => askAs(opened.dataDir, 'read_acme')(sql, settings);

  test('reads its own', async () => {
    expect(await ask(`SELECT object FROM ${mine}.accesses`)).toEqual({ ok: true, text: '/srv/acme/x\n' });
  });

  test('reads no table of anybody else, not even by its true name', async () => {
    const foreign = tables.filter(({ database }) => database === other || database === firm);
    expect(foreign.length).toBeGreaterThanOrEqual(8);
    for (const { database, name } of foreign) {
      for (const statement of readsOf(`${database}.${name}`)) {
        expect({ statement, ok: (await ask(statement)).ok }).toEqual({ statement, ok: false });
      }
    }
  });

  test('learns of nobody else from any system table', async () => {
    const system = tables.filter(({ database }) => /^(system|information_schema)$/i.test(database));
    for (const { database, name } of system) {
      const answer = await ask(`SELECT * FROM ${database}.${name} LIMIT 100000`);
      expect({ name, told: told(answer) }).toEqual({ name, told: false });
    }
  });

  test('learns of nobody else from SHOW, hints and errors', async () => {
    const statements = [
      ...['SHOW DATABASES', 'SHOW TABLES', 'SHOW USERS', 'SHOW GRANTS', 'SHOW ACCESS', 'SHOW PROCESSLIST'],
      ...['SHOW CREATE USER land_acme', 'SHOW QUOTAS', 'SHOW CLUSTERS', 'SHOW SETTINGS PROFILES', 'SHOW ENGINES'],
      ...['SELECT * FROM accesses', 'SELECT * FROM accesse', 'SELECT * FROM globe.accesses', 'USE globe', 'USE nope'],
      ...["SELECT * FROM merge(REGEXP('.*'), 'accesses')", "SELECT * FROM merge('', 'accesses')"],
      ...["SELECT dictGet('globe', 'a', 1)", "SELECT hasColumnInTable('x', 'accesses', 'id')", 'SELECT currentRoles()'],
      ...[
        `SELECT * FROM ${other.slice(0, -1)}x.accesses`,
        `SELECT * FROM ${mine}.nope`,
        'EXPLAIN SELECT * FROM accesses',
      ],
    ];
    for (const statement of statements) {
      const answer = await ask(statement);
      // What the attacker typed may come back; nothing that was not typed.
      const text = answer.text.replaceAll(statement, '').replaceAll(`${other.slice(0, -1)}x`, '');
      expect({ statement, text: text.includes('globex') || text.includes(other) }).toEqual({ statement, text: false });
    }
  });

  test('is told the same of a client that exists and one that does not', async () => {
    for (const statement of [
      'SELECT 1 FROM NAME.accesses',
      'USE NAME',
      'SHOW TABLES FROM NAME',
      'EXISTS DATABASE NAME',
    ]) {
      const there = await ask(statement.replace('NAME', 'globex_000000000000'));
      const nowhere = await ask(statement.replace('NAME', 'nobody_000000000000'));
      expect(there.ok).toBe(nowhere.ok);
      expect(there.text.replaceAll('globex', 'nobody')).toBe(nowhere.text);
    }
    const wrong = async (user: string) => (await askAs(opened.dataDir, user, 'guess')('SELECT 1')).text;
    expect((await wrong('read_globex')).replaceAll('globex', 'nobody')).toBe(await wrong('read_nobody'));
  });

  test('reaches nothing outside by a table function', async () => {
    const { dataDir } = opened;
    const functions = [
      ...[
        "file('/etc/passwd')",
        `file('${dataDir}/keys/store.secret')`,
        "url('http://127.0.0.1:1/', 'CSV', 'a String')",
      ],
      ...[`remote('127.0.0.1', ${other}.accesses)`, `remoteSecure('127.0.0.1', ${other}.accesses)`],
      ...["s3('http://127.0.0.1:1/b/k', 'CSV', 'a String')", "mysql('127.0.0.1:1', 'd', 't', 'u', 'p')"],
      ...[
        "postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "sqlite('/tmp/x', 't')",
        "hdfs('hdfs://127.0.0.1:1/x', 'CSV', 'a String')",
      ],
      ...[
        "mongodb('127.0.0.1:1', 'd', 't', 'u', 'p', 'a String')",
        "redis('127.0.0.1:1', 'k', 'k String')",
        "jdbc('x', 't')",
      ],
      ...[
        "odbc('x', 't')",
        "executable('id', 'CSV', 'a String')",
        "python('x')",
        `cluster('default', ${other}.accesses)`,
      ],
      ...["azureBlobStorage('x', 'c', 'b')", "deltaLake('http://127.0.0.1:1/x')", "iceberg('http://127.0.0.1:1/x')"],
      ...[
        `mergeTreeIndex(${other}, accesses)`,
        `mergeTreeProjection(${other}, accesses, p)`,
        `loop(${other}, accesses)`,
      ],
      ...[
        `merge('${other}', 'accesses')`,
        `dictionary('${other}.accesses')`,
        `viewIfPermitted(SELECT id FROM ${other}.accesses)`,
      ],
      ...[
        `view(SELECT id FROM ${other}.accesses)`,
        `timeSeriesData(${other}, accesses)`,
        `mergeTreeAnalyzeIndexes(${other}, accesses)`,
      ],
    ];
    for (const each of functions) {
      expect({ each, ok: (await ask(`SELECT * FROM ${each}`)).ok }).toEqual({ each, ok: false });
    }
    for (const each of [
      `file('${dataDir}/keys/store.secret')`,
      `joinGet('${other}.accesses', 'id', 1)`,
      "getMacro('x')",
    ]) {
      expect({ each, ok: (await ask(`SELECT ${each}`)).ok }).toEqual({ each, ok: false });
    }
  });

  test('changes nothing, its own or others', async () => {
    for (const database of [mine, other, firm, 'system', 'default']) {
      for (const statement of changesOf(database)) {
        expect({ statement, ok: (await ask(statement)).ok }).toEqual({ statement, ok: false });
      }
    }
    expect((await ask(`SELECT count() FROM ${mine}.accesses`)).text).toBe('1\n');
  });

  test.each(['max_memory_usage', 'max_execution_time', 'max_result_rows', 'max_threads', 'readonly', 'allow_ddl'])(
    'cannot lift its own limit %s',
    async (setting) => {
      expect((await ask('SELECT 1', { [setting]: '1000000' })).ok).toBe(false);
      expect((await ask(`SELECT 1 SETTINGS ${setting} = 1000000`)).ok).toBe(false);
    },
  );
});

test.each(['land_acme', 'judge_acme', 'firm_judge', 'firm_read'])('%s learns of nobody else either', async (user) => {
  const ask = askAs(opened.dataDir, user);
  const forbidden = tables.filter(({ database }) =>
    [other, ...(user.startsWith('firm') ? [mine] : [firm])].includes(database),
  );
  for (const { database, name } of forbidden) {
    for (const statement of [...readsOf(`${database}.${name}`), ...changesOf(database)]) {
      expect({ statement, ok: (await ask(statement)).ok }).toEqual({ statement, ok: false });
    }
  }
  for (const { name } of tables.filter(({ database }) => database === 'system')) {
    const answer = await ask(`SELECT * FROM system.${name} LIMIT 100000`);
    expect({ name, told: told(answer) }).toEqual({ name, told: false });
  }
});

test('the landing user reads nothing, and writes no other client into its own table', async () => {
  const ask = askAs(opened.dataDir, 'land_acme');
  expect((await ask(`SELECT count() FROM ${mine}.accesses`)).ok).toBe(false);
  expect((await ask(`INSERT INTO ${mine}.findings (day) VALUES ('2026-03-04')`)).ok).toBe(false);
  const forged = await ask(`INSERT INTO ${mine}.accesses FORMAT JSONEachRow\n${row('globex', '/x')}`);
  expect(forged.ok).toBe(false);
  expect(forged.text).toContain('own_tenant');
});

test('the one who makes the tables reads no content', async () => {
  const ask = askAs(opened.dataDir, migrateUser);
  for (const { database, name } of tables.filter(({ database }) => [mine, other].includes(database))) {
    expect({ name, ok: (await ask(`SELECT * FROM ${database}.${name}`)).ok }).toEqual({ name, ok: false });
  }
});

test('nobody comes in without a password', async () => {
  const users = allUsers([acme, globex], openSecrets(opened.dataDir)).map(({ name }) => name);
  for (const user of users) {
    expect({ user, ok: (await askAs(opened.dataDir, user, '')('SELECT 1')).ok }).toEqual({ user, ok: false });
  }
});

test('the user the server started itself as needs no password, and can do nothing with that', async () => {
  const ask = askAs(opened.dataDir, 'default', '');
  for (const { database, name } of tables) {
    const answer = await ask(`SELECT * FROM ${database}.${name} LIMIT 100000`);
    // A name the attacker typed comes back in the refusal.
    if ([mine, other, firm].includes(database)) expect({ name, ok: answer.ok }).toEqual({ name, ok: false });
    else expect({ name, told: told(answer) }).toEqual({ name, told: false });
  }
  for (const statement of [
    ...[mine, other, firm, 'default'].flatMap(changesOf),
    ...[
      `SELECT file('${opened.dataDir}/keys/store.secret')`,
      "SELECT file('/proc/self/environ')",
      'SYSTEM STOP LISTEN HTTP',
    ],
    ...[
      'SELECT sum(number) FROM numbers(1000000000000)',
      "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
    ],
  ]) {
    expect({ statement, ok: (await ask(statement)).ok }).toEqual({ statement, ok: false });
  }
  expect((await ask('SELECT 1', { max_threads: '8' })).ok).toBe(false);
});

const readsOf = (table: string): string[] => [
  ...[
    `SELECT * FROM ${table}`,
    `SELECT count() FROM ${table}`,
    `DESCRIBE TABLE ${table}`,
    `SHOW CREATE TABLE ${table}`,
  ],
  ...[
    `CHECK TABLE ${table}`,
    `EXISTS TABLE ${table}`,
    `SELECT 1 IN (SELECT 1 FROM ${table})`,
    `SHOW INDEXES FROM ${table}`,
  ],
];

const changesOf = (database: string): string[] => [
  ...[
    `INSERT INTO ${database}.accesses (tenant) VALUES ('acme')`,
    `INSERT INTO ${database}.candidates (id) VALUES ('x')`,
  ],
  ...[`ALTER TABLE ${database}.accesses DELETE WHERE 1`, `ALTER TABLE ${database}.accesses UPDATE object = '' WHERE 1`],
  ...[
    `DELETE FROM ${database}.accesses WHERE 1`,
    `TRUNCATE TABLE ${database}.accesses`,
    `DROP TABLE ${database}.accesses`,
  ],
  ...[`OPTIMIZE TABLE ${database}.accesses FINAL`, `RENAME TABLE ${database}.accesses TO ${database}.gone`],
  ...[`DETACH TABLE ${database}.accesses`, `DROP DATABASE ${database}`, `CREATE DATABASE ${database}_new`],
  ...[`CREATE TABLE ${database}.mine (a Int8) ENGINE = Memory`, `CREATE VIEW ${database}.v AS SELECT 1`],
  ...[`ALTER TABLE ${database}.accesses FREEZE`, `ALTER TABLE ${database}.accesses MODIFY TTL at + INTERVAL 1 DAY`],
  ...[`BACKUP DATABASE ${database} TO Disk('base', 'x')`, `GRANT SELECT ON ${database}.* TO read_acme`],
  ...[
    'CREATE USER intruder',
    'SYSTEM SHUTDOWN',
    'SYSTEM STOP LISTEN HTTP',
    `SYSTEM STOP MERGES ${database}.accesses`,
    'SYSTEM RELOAD USERS',
  ],
  ...["KILL QUERY WHERE user != ''", 'CREATE FUNCTION f AS (x) -> x', `CREATE TEMPORARY TABLE t AS SELECT 1`],
];
