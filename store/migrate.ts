/**
 * Plain .sql files, applied in the order of their names, each remembered with its SHA-256. A file that was applied is
 * never changed again: what comes after it is a new file. Statements end with `;` at the end of a line and can be run
 * twice, because a server may die between two of them.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { eachAtOnce } from '../core/at-once.ts';
import { Fault } from '../core/errors.ts';
import { packageRoot } from '../core/package-root.ts';
import { clustered, clusterSettings } from './clustered.ts';
import { asked, save, untilAnswered } from './query.ts';

export interface Migration {
  readonly name: string;
  readonly sha256: string;
  readonly statements: readonly string[];
}

/** What one database is made of. All names are minted by us. */
export interface Target {
  readonly database: string;
  readonly migrations: readonly Migration[];
  readonly names: Readonly<Record<string, string>>;
}

/** In the book of a store that several share: no file, but that this client is stored elsewhere. Its `sha256` is the address. */
export const elsewhereMark = 'elsewhere';

const atOnceMax = 4;
const mintedForm = /^[a-z_][a-z0-9_]{0,80}$/;
const answer = z.array(z.object({ result: z.number() }));
const applied = z.array(z.object({ database: z.string(), name: z.string(), sha256: z.string() }));

export function readMigrations(kind: 'tenant' | 'firm', root: URL = packageRoot): Migration[] {
  const folder = new URL(`store/migrations/${kind}/`, root);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => migrationOf(`${kind}/${name}`, readFileSync(new URL(name, folder), 'utf8')));
}

export function migrationOf(name: string, text: string): Migration {
  const statements = text
    .replaceAll(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter(Boolean);
  return { name, sha256: createHash('sha256').update(text).digest('hex'), statements };
}

/** How many tables these make that remember their inserts: each keeps a file open, and buffers. */
export function insertLogsOf(migrations: readonly Migration[]): number {
  const made = migrations
    .flatMap(({ statements }) => statements)
    .filter((statement) => statement.startsWith('CREATE TABLE'));
  return made.filter((statement) => statement.includes('non_replicated_deduplication_window')).length;
}

/** Puts minted names in. Throws STORE_REFUSED for a name that is not given, or is none we would mint. */
export function filledIn(statement: string, names: Readonly<Record<string, string>>): string {
  return statement.replaceAll(/\{(\w+)\}/g, (_, key: string) => {
    const name = names[key];
    if (name !== undefined && mintedForm.test(name)) return name;
    throw new Fault('STORE_REFUSED', `a migration asks for {${key}}, which is no name of this database`);
  });
}

/** Brings every target up to date. `book`: the database that remembers what was applied. Returns how many files were applied. */
export async function migrate(
  db: ClickHouseClient,
  book: string,
  targets: readonly Target[],
  signal: AbortSignal,
  cluster: string | undefined = undefined,
): Promise<number> {
  const known = await appliedTo(db, book, signal, cluster);
  const due = targets
    .map((target) => ({ ...target, migrations: unapplied(target, known.get(target.database) ?? new Map()) }))
    .filter(({ migrations }) => migrations.length > 0);
  await eachAtOnce(due, atOnceMax, (target) => applyTo(db, target, cluster, signal));
  const rows = due.flatMap(({ database, migrations }) =>
    migrations.map(({ name, sha256 }) => ({ database, name, sha256 })),
  );
  await save(db, `${book}.migrations`, { question: 'save-migrations', values: rows }, signal);
  return rows.length;
}

/** By database and file, the hash of what was applied. Makes the book when there is none. */
export async function appliedTo(
  db: ClickHouseClient,
  book: string,
  signal: AbortSignal,
  cluster: string | undefined = undefined,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  if (cluster === undefined || !(await hasBook(db, book, signal))) await makeBook(db, book, cluster, signal);
  const rows = await asked('migrations', signal, async () => {
    const query = `SELECT database, name, sha256 FROM ${book}.migrations`;
    const result = await db.query({ query, format: 'JSONEachRow', abort_signal: signal });
    return applied.parse(await result.json());
  });
  const known = new Map<string, Map<string, string>>();
  for (const { database, name, sha256 } of rows) {
    const files = known.get(database) ?? new Map<string, string>();
    known.set(database, files.set(name, sha256));
  }
  return known;
}

/** A statement for a whole cluster waits for all of it, so none is sent in vain. */
function hasBook(db: ClickHouseClient, book: string, signal: AbortSignal): Promise<boolean> {
  return asked('migrations', signal, async () => {
    const query = filledIn('EXISTS TABLE {book}.migrations', { book });
    const result = await db.query({ query, format: 'JSONEachRow', abort_signal: signal });
    return answer.parse(await result.json()).some((row) => row.result === 1);
  });
}

async function makeBook(
  db: ClickHouseClient,
  book: string,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const make = (statement: string) => ddl(db, statement, cluster, signal);
  await make(`CREATE DATABASE IF NOT EXISTS ${filledIn('{book}', { book })}`);
  await make(
    `CREATE TABLE IF NOT EXISTS ${book}.migrations
     (database String, name String, sha256 String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
     ENGINE = MergeTree ORDER BY (database, name) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  );
}

function unapplied({ database, migrations }: Target, known: ReadonlyMap<string, string>): Migration[] {
  for (const { name, sha256 } of migrations) {
    const before = known.get(name);
    if (before === undefined || before === sha256) continue;
    throw new Fault(
      'STORE_REFUSED',
      `store/migrations/${name} was changed after it was applied to ${database}; put it back and write the change as a new file`,
      { migration: name },
    );
  }
  return migrations.filter(({ name }) => !known.has(name));
}

/** All of its files, whatever the book says. */
export async function applyTo(
  db: ClickHouseClient,
  { database, migrations, names }: Target,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const given = { ...names, database };
  const make = (statement: string) => ddl(db, filledIn(statement, given), cluster, signal);
  await make('CREATE DATABASE IF NOT EXISTS {database}');
  for (const { statements } of migrations) {
    for (const statement of statements) await make(statement);
  }
}

async function ddl(
  db: ClickHouseClient,
  statement: string,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const query = clustered(statement, cluster);
  await asked('migrate', signal, () =>
    db.command({ query, abort_signal: signal, clickhouse_settings: clusterSettings(cluster) }),
  );
}

/** With all that is in it. Gone when it resolves; done again, it changes nothing. */
export const dropDatabase = (
  db: ClickHouseClient,
  { database, cluster }: { readonly database: string; readonly cluster: string | undefined },
  signal: AbortSignal,
): Promise<void> =>
  untilAnswered(signal, () =>
    ddl(db, filledIn('DROP DATABASE IF EXISTS {database} SYNC', { database }), cluster, signal),
  );
