/** `tenants: { acme: { store: … } }`: two real servers, the embedded one for all clients and one that acme has for itself. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { loadConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { tenantId, unattributed } from '../../core/types.ts';
import { openStore } from '../../store/index.ts';
import { openSecrets, type Secrets } from '../../store/secrets.ts';
import { migrateUser, tenantUsers } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { configOf, type WrittenFirm, writeFirm } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { type Front, openFront } from '../helpers/front.ts';
import { adminName, type OwnServer, ownServer } from '../helpers/own-server.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const acme = tenantId('acme');
const globex = tenantId('globex');
const reader = 'someone_who_reads_all';
const dir = folder();
let firm: WrittenFirm;
let server: OwnServer;
let front: Front;
/** As acme's server has them. */
const there = (): Secrets => openSecrets(firm.data).at(front.url);

const cordon = (...args: string[]) => captured(args, { cwd: dir.path });
function configure(more: object): void {
  writeFileSync(firm.config, JSON.stringify({ ...configOf(), ...more }));
}
const ownStore = () => ({
  tenants: { acme: { store: { url: front.url, admin: { user: adminName, password_file: 'admin.secret' } } } },
});

/** At acme's server, as somebody whom it lets read everything. */
async function atAcmes(sql: string): Promise<string> {
  const response = await fetch(`${server.url}/`, {
    method: 'POST',
    body: sql,
    headers: { 'X-ClickHouse-User': reader, 'X-ClickHouse-Key': there().passwordOf(reader) },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

beforeAll(async () => {
  firm = writeFirm(dir.path, { records: 120 });
  front = await openFront();
  const reads = { name: reader, profile: 'migrate' as const, grants: ['SELECT ON *.*', 'SHOW ON *.*'] };
  server = await ownServer(firm.data, dir.file('server'), [acme], (users) => [...users, reads], front.url);
  front.to(Number(new URL(server.url).port));
  writeFileSync(dir.file('admin.secret'), `${server.adminPassword}\n`);
  configure(ownStore());
}, 300_000);
afterAll(async () => {
  front.close();
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

test('nothing runs before the client was applied at its server; a dry run speaks of each server apart', async () => {
  const refused = await cordon('import', '--all');
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(`the store at ${front.url} has no database for acme yet; run \`cordon tenants apply\``);
  const dry = await cordon('tenants', 'apply', '--dry-run');
  expect({ code: dry.code, out: dry.out }).toEqual({ code: 1, out: `at ${front.url}:\n+ database of acme\n` });
});

test("the file for a client's server has the key of its disk and no other; without --at it is the embedded store's own affair", async () => {
  const { out } = await cordon('tenants', 'disks', '--at', 'acme');
  const secrets = openSecrets(firm.data);
  expect(out).toContain(`<key_hex>${secrets.diskKeyOf(acme)}</key_hex>`);
  expect(out.match(/<key_hex>/g)).toHaveLength(1);
  expect(out).not.toContain(secrets.diskOf(undefined));
  expect((await cordon('tenants', 'disks')).err).toContain('the embedded store writes its disks itself');
  expect((await cordon('tenants', 'users', '--at', 'globex')).err).toContain('globex has no server of its own');
});

test('applied, everything that lands is read, audited, judged and backed up as if there were one store', async () => {
  expect(await cordon('tenants', 'apply')).toMatchObject({ code: 0 });
  expect(await cordon('tenants', 'apply', '--dry-run')).toMatchObject({ code: 0, out: `at ${front.url}:\n` });
  const imported = JSON.parse((await cordon('import', '--all', '--json')).out);
  expect(imported.landed).toBeGreaterThan(200);
  const { out } = await cordon('accesses', '--all', '--json');
  expect(out.trimEnd().split('\n')).toHaveLength(imported.landed);
  expect((await cordon('judge')).code).toBe(0);
  expect((await cordon('audit-chain')).code).toBe(0);
  expect((await cordon('backup', '--tenant', 'acme', '-o', 'acme.backup')).code).toBe(0);
  expect((await cordon('restore', 'acme.backup')).out).toContain('0 batches were not there');
});

test("at the client's server there is that client and nothing of any other", async () => {
  const secrets = there();
  const ours = (
    await atAcmes("SELECT name FROM system.databases WHERE engine = 'Atomic' AND name != 'default' ORDER BY 1")
  )
    .trim()
    .split('\n');
  expect(ours).toEqual([secrets.databaseOf(acme), secrets.firmDatabase].sort());
  const users = (await atAcmes('SELECT name FROM system.users')).trim().split('\n');
  const due = tenantUsers(acme, '').map(({ name }) => name);
  expect(users.filter((name) => /^(land|judge|read|witness|firm|cordon)_/.test(name)).sort()).toEqual(
    [...due, migrateUser].sort(),
  );
  const tables = await atAcmes(`SELECT database, name FROM system.tables WHERE database IN ('${ours.join("', '")}')`);
  let rows = 0;
  for (const line of tables.trim().split('\n')) {
    const text = await atAcmes(`SELECT * FROM ${line.replace('\t', '.')} FORMAT JSONEachRow`);
    expect(text).not.toContain('globex');
    expect(text).not.toContain(unattributed);
    rows += text.split('\n').length - 1;
  }
  expect(rows).toBeGreaterThan(100);
  expect(Number(await atAcmes(`SELECT count() FROM ${secrets.databaseOf(acme)}.accesses`))).toBeGreaterThan(60);
});

test('in the store of all clients it has no database, no user and no row; the firm has counts of it and no name of an object', async () => {
  const config = loadConfig(firm.config);
  const tenants = [acme, globex, unattributed];
  const signal = AbortSignal.timeout(120_000);
  await using _ = await openStore({
    ...{ config, dataDir: config.data, tenants, log: createLog('silent'), signal, mode: 'own' },
  });
  const secrets = openSecrets(firm.data);
  const listed = await askAs(
    firm.data,
    migrateUser,
  )(
    "SELECT database, name FROM system.tables WHERE lower(database) NOT IN ('system', 'information_schema') FORMAT TabSeparated",
  );
  expect(listed.text).toContain(`${secrets.databaseOf(globex)}\taccesses`);
  expect(listed.text).not.toContain('acme');
  for (const { name } of tenantUsers(acme, ''))
    expect(await askAs(firm.data, name)('SELECT 1')).toMatchObject({ ok: false, text: expect.stringContaining('516') });
  const readersOf = (database: string, table: string): string => {
    if (table === 'migrations') return migrateUser;
    if (database === secrets.firmDatabase) return 'firm_read';
    const tenant = database === secrets.databaseOf(globex) ? globex : unattributed;
    return table === 'lessons' ? `judge_${tenant}` : `read_${tenant}`;
  };
  let rows = 0;
  for (const line of listed.text.trim().split('\n')) {
    const [database = '', table = ''] = line.split('\t');
    const answer = await askAs(
      firm.data,
      readersOf(database, table),
    )(`SELECT * FROM ${database}.${table} FORMAT JSONEachRow`);
    if (!answer.ok) throw new Error(`${line}: ${answer.text}`);
    expect(answer.text).not.toMatch(/clients\W+acme|cl_acme/i);
    if (database !== secrets.firmDatabase) expect(answer.text).not.toContain('acme');
    rows += answer.text.split('\n').length - 1;
  }
  expect(rows).toBeGreaterThan(100);
});

test('who runs the client’s server can use no password of it at the store of all clients', () => {
  expect(there().passwordOf(migrateUser)).not.toBe(openSecrets(firm.data).passwordOf(migrateUser));
});

test('a line lost from the configuration moves nobody: the client is not stored where all others are', async () => {
  configure({});
  const lost = await cordon('import', '--all');
  expect(lost.code).toBe(1);
  expect(lost.err).toContain(`acme is stored at ${front.url} alone`);
});

test('a client whose data is in the store of all is not split between two', async () => {
  configure({ tenants: { ...ownStore().tenants, globex: { store: { url: 'http://127.0.0.1:9' } } } });
  const refused = await cordon('accesses', '--tenant', 'globex', '--json');
  expect(refused.err).toContain('globex is to be stored at a server of its own alone');
  expect(refused.err).toContain('`cordon tenants move globex` brings it there');
});
