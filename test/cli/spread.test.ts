/** Blast radius over the demo's firm, through the real pipeline; and that no object's name leaves a client's database. */

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../core/config.ts';
import { loadDirectory } from '../../core/directory/directory.ts';
import type { Store } from '../../store/index.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { rowsOf } from '../helpers/vault.ts';
import { captured } from './captured.ts';
import { firmInAFolder } from './demo/firm-in-a-folder.ts';

const now = Date.parse('2026-11-05T14:00:00Z');
/** Shorter ones (`a.txt`, a schema's name) are words that stand in sentences of their own right. */
const tellingLengthMin = 9;

let cwd = '';
let dataDir = '';
let store: Store;

beforeAll(async () => {
  const { folder } = await firmInAFolder(now);
  cwd = folder;
  dataDir = loadConfig(`${folder}/cordon.yaml`).data;
  for (const args of [['import', '--all'], ['judge']]) {
    const { code, err } = await captured(args, { cwd });
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  }
  store = await openAt(dataDir);
}, 180_000);
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(cwd, { recursive: true, force: true });
});

interface Answer {
  readonly reached: {
    tenant: string;
    actor: string;
    explained: number;
    unexplained: number;
    objects: number;
    actions: Record<string, number>;
    hours: { hour: string; explained: number; unexplained: number }[];
  }[];
}
const ask = async (...args: string[]) =>
  JSON.parse((await captured(['spread', '--json', ...args], { cwd })).out) as Answer;

test('the counts of each client are its accesses, each id once', async () => {
  for (const tenant of store.tenants) {
    const [there] = await rowsOf<{ n: number }>(store, 'SELECT uniqExact(id) AS n FROM accesses', tenant);
    const { reached } = await ask('--tenant', tenant);
    const counted = reached.reduce((sum, { explained, unexplained }) => sum + explained + unexplained, 0);
    expect({ tenant, counted }).toEqual({ tenant, counted: there?.n });
    for (const { hours, actions, explained, unexplained } of reached) {
      expect(hours.reduce((sum, hour) => sum + hour.explained + hour.unexplained, 0)).toBe(explained + unexplained);
      expect(Object.values(actions).reduce((sum, n) => sum + n, 0)).toBe(explained + unexplained);
    }
  }
});

test('who reached a client without an explanation is first, and the client is among what that person reached', async () => {
  const answers = [];
  for (const tenant of store.tenants) answers.push(...(await ask('--tenant', tenant)).reached.slice(0, 1));
  const [worst] = answers.filter(({ actor }) => actor !== '').sort((a, b) => b.unexplained - a.unexplained);
  expect(worst?.unexplained).toBeGreaterThan(10);
  const { reached } = await ask('--actor', worst?.actor ?? '');
  expect(reached).toContainEqual(worst);
  expect(worst?.objects).toBeGreaterThan(0);
  const { out } = await captured(['spread', '--actor', worst?.actor ?? ''], { cwd });
  expect(out).toContain(
    `${worst?.tenant}: ${worst?.unexplained} unexplained, ${worst?.explained} explained, ${worst?.objects} objects`,
  );
});

test('judging again changes no count', async () => {
  const before = await ask('--tenant', store.tenants[1] ?? '');
  expect((await captured(['judge'], { cwd })).code).toBe(0);
  expect(await ask('--tenant', store.tenants[1] ?? '')).toEqual(before);
});

test("no object's name is in any column of any table of the firm's database", async () => {
  const names = new Set<string>();
  for (const tenant of store.tenants) {
    const rows = await rowsOf<{ object: string; object_to: string }>(
      store,
      'SELECT DISTINCT object, object_to FROM accesses',
      tenant,
    );
    for (const { object, object_to } of rows)
      for (const name of [object, object_to])
        for (const part of [name, ...name.split(/[\\/]/)]) if (part.length >= tellingLengthMin) names.add(part);
  }
  // A client's folder is named after the client, and a path goes by the firm's own folders.
  const directory = loadDirectory(loadConfig(`${cwd}/cordon.yaml`).directory);
  const known = [...directory.clients.values()].flatMap(({ name, id }) => [name.toLowerCase(), id]);
  const telling = [...names].filter((name) => !known.some((word) => word.includes(name.toLowerCase())));
  expect(telling.length).toBeGreaterThan(300);
  const { firmDatabase } = openSecrets(dataDir);
  const listed = await askAs(
    dataDir,
    migrateUser,
  )(`SELECT name FROM system.tables WHERE database = '${firmDatabase}' FORMAT TabSeparated`);
  const tables = listed.text.trim().split('\n');
  expect(tables.length).toBeGreaterThanOrEqual(6);
  for (const table of tables) {
    const reader = table === 'migrations' ? migrateUser : 'firm_read';
    const answer = await askAs(dataDir, reader)(`SELECT * FROM ${firmDatabase}.${table} FORMAT JSONEachRow`);
    expect({ table, ok: answer.ok }).toEqual({ table, ok: true });
    const rows = answer.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.stringify(JSON.parse(line)));
    if (['spread', 'ledger'].includes(table)) expect(rows.length).toBeGreaterThan(5);
    if (table === 'candidates') expect(rows.length).toBeGreaterThan(0);
    const found = telling.filter((name) => rows.some((row) => row.includes(JSON.stringify(name).slice(1, -1))));
    expect({ table, found }).toEqual({ table, found: [] });
  }
});

test('the share explained, by client and by source, is what the spread counted', async () => {
  const { code, out } = await captured(['explained', '--json'], { cwd });
  expect(code).toBe(0);
  const { all, by_tenant, by_source } = JSON.parse(out);
  const sum = (rows: { accesses: number }[]) => rows.reduce((total, { accesses }) => total + accesses, 0);
  expect([sum(by_tenant), sum(by_source)]).toEqual([all.accesses, all.accesses]);
  for (const { tenant, accesses, explained, share } of by_tenant) {
    const { reached } = await ask('--tenant', tenant);
    const counted = reached.reduce((total, one) => total + one.explained, 0);
    expect({ tenant, explained }).toEqual({ tenant, explained: counted });
    expect(share).toBeCloseTo(explained / accesses, 3);
  }
  const text = (await captured(['explained'], { cwd })).out;
  expect(text).toMatch(/^all clients +\d+\.\d % +\d+\.\d % +\d+$/m);
});
