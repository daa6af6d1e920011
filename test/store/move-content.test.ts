import { expect, test } from '@jest/globals';
import { tenantId } from '../../core/types.ts';
import { readMigrations } from '../../store/migrate.ts';
import { movedTables } from '../../store/move-content.ts';
import { tenantUsers } from '../../store/users.ts';

test('every table that the migrations make of a client is moved', () => {
  const made = readMigrations('tenant')
    .flatMap(({ statements }) => statements)
    .flatMap((statement) => /^CREATE TABLE IF NOT EXISTS \{database\}\.(\w+)/.exec(statement)?.[1] ?? []);
  expect(movedTables.map(({ name }) => name).sort()).toEqual(made.sort());
});

test('each is read and written as a user who may do so anyway: a move needs no right of its own', () => {
  const grants = tenantUsers(tenantId('acme'), 'db').flatMap(({ profile, grants: given }) =>
    given.map((grant) => `${profile}: ${grant}`),
  );
  const may = (role: string, right: string, table: string) =>
    grants.some((one) => one.startsWith(`${role}: `) && one.includes(right) && one.endsWith(`ON db.${table}`));
  const denied = movedTables.filter(
    ({ name, readsAs, writesAs }) => !may(readsAs, 'SELECT', name) || !may(writesAs, 'INSERT', name),
  );
  expect(denied).toEqual([]);
});
