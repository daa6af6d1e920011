import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { expect, test } from '@jest/globals';
import { tenantId } from '../../core/types.ts';
import { filledIn, migrate, migrationOf, readMigrations } from '../../store/migrate.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { openTestStore } from '../helpers/open-test-store.ts';

test('a file is cut into its statements, comments left out', () => {
  const { statements } = migrationOf('x.sql', '-- why; because\nCREATE a (b String);\n\nCREATE c;\n');
  expect(statements).toEqual(['CREATE a (b String)', 'CREATE c']);
});

test.each(['a b', 'a`', "a'", 'A', '', 'a;b'])('a name we would never mint is refused: %j', (name) => {
  expect(() => filledIn('USE {database}', { database: name })).toThrow(/no name of this database/);
});

test('a name that was not given is refused', () => {
  expect(() => filledIn('USE {other}', { database: 'a' })).toThrow('{other}');
});

test('files are applied in order, once, and a changed one is an error that names it', async () => {
  await using opened = await openTestStore('acme');
  const { dataDir } = opened;
  const secrets = openSecrets(dataDir);
  const { port } = JSON.parse(readFileSync(join(dataDir, 'clickhouse/endpoint.json'), 'utf8')) as { port: number };
  const username = migrateUser;
  const db = createClient({ url: `http://127.0.0.1:${port}`, username, password: secrets.passwordOf(username) });
  const signal = AbortSignal.timeout(100_000);
  const acme = tenantId('acme');
  const target = {
    database: secrets.databaseOf(acme),
    names: { tenant: acme, disk: secrets.diskOf(acme) },
    migrations: readMigrations('tenant'),
  };
  const run = (...migrations: ReturnType<typeof migrationOf>[]) =>
    migrate(db, secrets.firmDatabase, [{ ...target, migrations: [...target.migrations, ...migrations] }], signal);
  try {
    expect(await run()).toBe(0);
    const added = migrationOf(
      'tenant/9000_one.sql',
      'ALTER TABLE {database}.findings ADD COLUMN IF NOT EXISTS one Int8;',
    );
    expect(await run(added)).toBe(1);
    expect(await run(added)).toBe(0);
    const changed = migrationOf('tenant/9000_one.sql', 'ALTER TABLE {database}.findings ADD COLUMN two Int8;');
    await expect(run(changed)).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('tenant/9000_one.sql was changed after it was applied'),
    });
  } finally {
    await db.close();
  }
});
