/** `store: { url }`: the verbs against a server that Cordon did not start, over TLS as it would be. */

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { tenantId, unattributed } from '../../core/types.ts';
import { openSecrets } from '../../store/secrets.ts';
import { authority } from '../helpers/authority.ts';
import { configOf, type WrittenFirm, writeFirm } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { adminName, type OwnServer, ownServer } from '../helpers/own-server.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const tenants = [tenantId('acme'), tenantId('globex'), unattributed];
const dir = folder();
let firm: WrittenFirm;
let server: OwnServer;
let front: { url: string; close: () => void };

/** TLS before the server, as a proxy of one's own would be. */
async function tlsFront(to: string, certFile: string, keyFile: string) {
  const proxy = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (incoming, answer) => {
    const { method = 'GET', headers } = incoming;
    const outgoing = request(`${to}${incoming.url ?? '/'}`, { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { url: `https://localhost:${(proxy.address() as AddressInfo).port}`, close: () => proxy.close() };
}

function configure(store: object): void {
  writeFileSync(firm.config, JSON.stringify({ ...configOf(), store }));
}

beforeAll(async () => {
  firm = writeFirm(dir.path, { records: 200 });
  server = await ownServer(firm.data, dir.file('server'), tenants);
  const ca = authority(dir.path);
  const { certFile, keyFile } = ca.issue('localhost', ['DNS:localhost']);
  front = await tlsFront(server.url, certFile, keyFile);
  writeFileSync(dir.file('admin.secret'), `${server.adminPassword}\n`);
  configure({ url: front.url, ca_file: ca.caFile, admin: { user: adminName, password_file: 'admin.secret' } });
}, 120_000);
afterAll(async () => {
  front.close();
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const cordon = (...args: string[]) => captured(args, { cwd: dir.path });

test('nothing runs before the clients were applied; a dry run says what is missing and makes nothing', async () => {
  const refused = await cordon('import', '--all');
  expect({ code: refused.code, err: refused.err }).toEqual({
    code: 1,
    err: expect.stringMatching(/has no database for acme, globex, _unattributed yet; run `cordon tenants apply`/),
  });
  for (let i = 0; i < 2; i += 1) {
    expect(await cordon('tenants', 'apply', '--dry-run')).toEqual({
      code: 1,
      out: '+ database of _unattributed\n+ database of acme\n+ database of globex\n',
      err: '',
    });
  }
});

test('applied, an import lands there, and every verb that asks is answered from there', async () => {
  expect((await cordon('tenants', 'apply')).code).toBe(0);
  expect(await cordon('tenants', 'apply', '--dry-run')).toEqual({ code: 0, out: '', err: '' });
  const imported = JSON.parse((await cordon('import', '--all', '--json')).out);
  const { out } = await cordon('accesses', '--all', '--json');
  expect(out.split('\n').length - 1).toBe(imported.landed);
  expect(imported.landed).toBeGreaterThan(500);
  const answer = await fetch(`${server.url}/?query=SELECT+count()+FROM+accesses`, {
    headers: {
      'X-ClickHouse-User': 'read_acme',
      'X-ClickHouse-Key': openSecrets(firm.data).passwordOf('read_acme'),
      'X-ClickHouse-Database': openSecrets(firm.data).databaseOf(tenantId('acme')),
    },
  });
  expect(Number(await answer.text())).toBeGreaterThan(100);
  const audit = await cordon('audit-chain');
  expect(audit.code).toBe(0);
});

test('a new client needs its disk on the server first, and the file for it holds keys that the server can take', async () => {
  const directory = readFileSync(dir.file('directory.yaml'), 'utf8');
  writeFileSync(
    dir.file('directory.yaml'),
    directory.replace('people:', '  - { id: initech, name: Initech }\npeople:'),
  );
  try {
    const { code, out, err } = await cordon('tenants', 'apply');
    expect(code).toBe(1);
    expect(out).toContain('! initech: its encrypted disk is not on the server\n+ database of initech\n');
    expect(out).toContain('+ user read_initech: SELECT ON initech_');
    expect(err).toContain('cordon tenants disks');
    const fragment = (await cordon('tenants', 'disks')).out;
    const secrets = openSecrets(firm.data);
    for (const tenant of [...tenants, tenantId('initech')])
      expect(fragment).toContain(
        `<${secrets.diskOf(tenant)}><type>encrypted</type><disk>default</disk><path>cordon/${secrets.diskOf(tenant)}/</path><algorithm>AES_256_CTR</algorithm><key_hex>${secrets.diskKeyOf(tenant)}</key_hex>`,
      );
    const started = await cordon('start', '--role', 'land');
    expect(started.err).toContain('has no database for initech yet');
  } finally {
    writeFileSync(dir.file('directory.yaml'), directory);
  }
});

test('an authority that nobody named is not believed, and no password goes over plain HTTP', async () => {
  configure({ url: front.url });
  const { code, err } = await cordon('accesses', '--tenant', 'acme', '--json');
  expect(code).toBe(1);
  expect(err).toContain('the store cannot be reached (UNABLE_TO_VERIFY_LEAF_SIGNATURE)');
  configure({ url: 'http://clickhouse.example:8123' });
  const plain = await cordon('accesses', '--tenant', 'acme', '--json');
  expect(plain.code).toBe(2);
  expect(plain.err).toContain('must be https://');
});
