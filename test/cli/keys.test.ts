/** The keys' verbs over a firm that imports, is read, and is exported, while its keys are replaced under it. */
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import { unzip } from '../helpers/bundle.ts';
import { sambaLines } from '../helpers/edge.ts';
import { writeFirm } from '../helpers/firm.ts';
import { type Folder, folder } from '../helpers/folder.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { rowsOf } from '../helpers/vault.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const secondOpinion = fileURLToPath(new URL('../evidence/verify.py', import.meta.url));

function firmIn(dir: Folder) {
  writeFirm(dir.path, { records: 0 });
  const cordon = (...args: string[]) => captured(args, { cwd: dir.path });
  const sealed = async (first: number) => {
    const file = dir.file(`more-${first}.log`);
    writeFileSync(
      file,
      sambaLines(5, first)
        .map((line) => `${line}\n`)
        .join(''),
    );
    expect(await cordon('import', '--source', 'fs1', file)).toMatchObject({ code: 0 });
  };
  return { cordon, sealed };
}

const acmeKeys = (dir: Folder) => readdirSync(dir.file('data/keys/seal/acme')).sort();

test('a client’s key is rotated: what is sealed then is under the new one, and all of it is read, proven and exported', async () => {
  using dir = folder();
  const { cordon, sealed } = firmIn(dir);
  await sealed(0);
  expect(acmeKeys(dir)).toEqual(['1.pem', '1.pub.pem']);
  const told = await cordon('keys', 'rotate', '--tenant', 'acme');
  expect(told.out).toMatch(/^acme: generation 2, key [0-9a-f]{16}\n$/);
  await sealed(5);
  {
    await using store = await openAt(dir.file('data'), 'acme', 'globex');
    const rows = await rowsOf<{ key: string; value: string }>(store, 'SELECT key, value FROM batches ORDER BY seq');
    const [first, second, ...more] = rows.map(({ key }) => key.split(':')[1]);
    expect(more).toEqual([]);
    expect(second).not.toBe(first);
    expect(told.out).toContain(`key ${second}`);
    // What lies in the store is the batch as it was sent: nothing of a record can be seen in it.
    for (const { value } of rows) expect(value).not.toContain('achan');
  }
  const accesses = (await cordon('accesses', '--tenant', 'acme', '--json')).out.trim().split('\n');
  expect(accesses.map((line) => JSON.parse(line).raw)).toEqual(sambaLines(10).map((line) => [line]));
  expect(await cordon('audit-chain')).toMatchObject({ code: 0 });
  const range = ['--tenant', 'acme', '--from', '2026-01-01', '--to', '2026-12-31'];
  expect(await cordon('bundle', ...range, '-o', 'acme.zip')).toMatchObject({ code: 0 });
  expect(await cordon('verify', 'acme.zip')).toMatchObject({ code: 0 });
});

test('without the client’s key the raw record, the audit and the bundle say that it cannot be read, and why', async () => {
  using dir = folder();
  const { cordon, sealed } = firmIn(dir);
  await sealed(0);
  renameSync(dir.file('data/keys/seal/acme'), dir.file('taken'));
  const gone = /the key [0-9a-f]{16} is not in .*: it was destroyed, or was never here; what it sealed cannot be read/;
  const raw = await cordon('timeline', '--tenant', 'acme', '--from', '2026-03-04', '--to', '2026-03-04', '--raw');
  expect(raw.code).toBe(1);
  expect(raw.err).toMatch(gone);
  const audit = await cordon('audit-chain', '--tenant', 'acme');
  expect(audit.code).toBe(1);
  expect(audit.out).toMatch(gone);
  const range = ['--tenant', 'acme', '--from', '2026-01-01', '--to', '2026-12-31'];
  const bundle = await cordon('bundle', ...range, '-o', 'acme.zip');
  expect(bundle.code).toBe(1);
  expect(bundle.out).toMatch(gone);
});

test('a collector’s key is replaced: evidence under both is whole, here and for a stranger', async () => {
  using dir = folder();
  const { cordon, sealed } = firmIn(dir);
  await sealed(0);
  const old = readFileSync(dir.file('data/keys/collectors/fs1.pem'), 'utf8');
  expect(await cordon('keys', 'rotate-collector', 'fs1')).toMatchObject({ code: 0 });
  await sealed(5);
  expect(readFileSync(dir.file('data/keys/collectors/fs1.pem'), 'utf8')).not.toBe(old);
  const listed = JSON.parse((await cordon('keys', '--json')).out);
  expect(listed.find(({ name }: { name: string }) => name === 'fs1').keys).toHaveLength(2);
  expect(await cordon('audit-chain')).toMatchObject({ code: 0 });
  const range = ['--tenant', 'acme', '--from', '2026-01-01', '--to', '2026-12-31'];
  await cordon('bundle', ...range, '-o', 'acme.zip');
  const verdict = await cordon('verify', 'acme.zip', '--json');
  expect(verdict.code).toBe(0);
  expect(JSON.parse(verdict.out).collectors).toHaveLength(2);
  const given = dir.file('data/keys/collectors/fs1.pub.pem');
  expect(await cordon('verify', 'acme.zip', '--collector-key', `fs1=${given}`)).toMatchObject({ code: 0 });
  const base = unzip(dir.file('acme.zip'), dir.file('unpacked'));
  expect(spawnSync('python3', [secondOpinion, base], { encoding: 'utf8' }).stdout).toMatch(/^HOLDS: 10 accesses/);
  // One of the two alone vouches for its own batches only.
  const [, second = ''] = readFileSync(given, 'utf8').split(/(?<=-----END PUBLIC KEY-----\n)/);
  writeFileSync(dir.file('second.pem'), second);
  const half = await cordon('verify', 'acme.zip', '--collector-key', 'fs1=second.pem', '--json');
  expect(JSON.parse(half.out).problems[0]).toMatchObject({ file: 'data/chain/fs1.ndjson', where: 'batch 0' });
});

test('what the old key signs after it was replaced at once does not land', async () => {
  using dir = folder();
  const { cordon, sealed } = firmIn(dir);
  await sealed(0);
  const file = dir.file('data/keys/collectors/fs1.pem');
  const old = readFileSync(file);
  await cordon('keys', 'rotate-collector', 'fs1', '--at-once');
  writeFileSync(file, old);
  writeFileSync(dir.file('late.log'), `${sambaLines(1, 9)[0]}\n`);
  expect(await cordon('import', '--source', 'fs1', dir.file('late.log'))).toMatchObject({ code: 1 });
  expect((await cordon('accesses', '--tenant', 'acme', '--json')).out.trim().split('\n')).toHaveLength(5);
});

test('each act says what it made, as JSON where that is asked for', async () => {
  using dir = folder();
  writeFirm(dir.path, { records: 0 });
  const json = async (...args: string[]) => {
    const { code, out } = await captured(['keys', ...args, '--json'], { cwd: dir.path });
    return { code, ...JSON.parse(out) } as object;
  };
  const fs9 = { code: 0, collector: 'fs9' };
  expect(await json('issue-collector', 'fs9', '--out', 'a', '--tls', 'edge')).toEqual({
    ...fs9,
    key_file: dir.file('a/fs9.pem'),
    user: 'edge',
    cert_file: dir.file('a/edge.tls.crt'),
    cert_key_file: dir.file('a/edge.tls.key'),
    ca_file: dir.file('data/keys/ca/ca.crt'),
  });
  expect(await json('rotate-collector', 'fs9', '--out', 'b')).toMatchObject({ ...fs9, reinstated: false });
  expect(await json('revoke-collector', 'fs9')).toMatchObject(fs9);
  expect(await json('rotate-collector', 'fs9', '--out', 'c')).toMatchObject({ ...fs9, reinstated: true });
  expect(await json('register-collector', 'fs8', dir.file('a/fs9.pub.pem'))).toEqual({ code: 0, collector: 'fs8' });
  expect(await json('issue-rejects', '--out', 'r')).toMatchObject({ private_file: dir.file('r/rejects.pem') });
  expect(await json('export-tenants', '--out', 'p')).toMatchObject({ clients: 3, fresh: 3 });
  expect(await json('import-tenants', 'p')).toMatchObject({ clients: 3, fresh: 0, missing: [] });
});

test('a certificate is issued again for a user who has one, and for one who collects nothing', async () => {
  using dir = folder();
  writeFirm(dir.path, { records: 0 });
  const issue = (out: string) => captured(['keys', 'issue-certificate', 'lander', '--out', out], { cwd: dir.path });
  const first = await issue('first');
  expect(first).toMatchObject({
    code: 0,
    out: `${dir.file('first/lander.tls.crt')}\n${dir.file('first/lander.tls.key')}\n`,
  });
  expect(first.err).toContain('there the certificate is the user lander, for 398 days');
  expect(await issue('second')).toMatchObject({ code: 0 });
  const serials = ['first', 'second'].map((out) => {
    const certificate = new X509Certificate(readFileSync(dir.file(`${out}/lander.tls.crt`)));
    expect(certificate.checkIssued(new X509Certificate(readFileSync(dir.file('data/keys/ca/ca.crt'))))).toBe(true);
    return certificate.serialNumber;
  });
  expect(new Set(serials).size).toBe(2);
  expect(await issue('second')).toMatchObject({ code: 2 });
});

test('of two collectors on one line none is revoked: nobody must believe that both were', async () => {
  using dir = folder();
  const { cordon } = firmIn(dir);
  await cordon('keys', 'issue-collector', 'fs1', '--out', 'a');
  await cordon('keys', 'issue-collector', 'pg1', '--out', 'a');
  expect(await cordon('keys', 'revoke-collector', 'fs1', 'pg1')).toMatchObject({
    code: 2,
    err: 'keys revoke-collector takes no `pg1`: nothing was done; one at a time\n',
  });
  expect((await cordon('keys')).out).not.toContain('revoked');
});

test('a collector that is issued under a name that no source has is said to be strange', async () => {
  using dir = folder();
  const { cordon } = firmIn(dir);
  expect((await cordon('keys', 'issue-collector', 'fs2', '--out', 'a')).err).toContain(
    'has no source `fs2`; did you mean `fs1`?',
  );
  expect((await cordon('keys', 'issue-collector', 'fs1', '--out', 'a')).err).not.toContain('has no source');
});

test('public halves are carried to an edge, and private ones are refused', async () => {
  using vault = folder();
  using edge = folder();
  writeFirm(vault.path, { records: 0 });
  writeFirm(edge.path, { records: 0 });
  const medium = vault.file('medium');
  const at = (dir: Folder, ...args: string[]) => captured(args, { cwd: dir.path });
  expect(await at(vault, 'keys', 'export-tenants', '--out', medium)).toMatchObject({ code: 0 });
  expect(readdirSync(join(medium, 'acme'))).toEqual(['1.pub.pem']);
  expect((await at(edge, 'keys', 'import-tenants', medium)).err).toContain('3 public halves of 3 clients are new here');
  expect(acmeKeys(edge)).toEqual(['1.pub.pem']);
  await at(vault, 'keys', 'rotate', '--all');
  await at(vault, 'keys', 'export-tenants', '--out', medium);
  expect((await at(edge, 'keys', 'import-tenants', medium)).err).toContain('3 public halves of 3 clients are new here');
  expect(acmeKeys(edge)).toEqual(['1.pub.pem', '2.pub.pem']);
  const own = vault.file('data/keys/seal');
  expect(await at(edge, 'keys', 'import-tenants', own)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is a private half and must not leave the vault'),
  });
  // Somebody else's key under the name of a known one.
  using other = folder();
  writeFirm(other.path, { records: 0 });
  await at(other, 'keys', 'export-tenants', '--out', other.file('medium'));
  expect(await at(edge, 'keys', 'import-tenants', other.file('medium'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('find out which is the vault’s'.replace('’', "'")),
  });
  mkdirSync(edge.file('nothing'));
  expect(await at(edge, 'keys', 'import-tenants', edge.file('nothing'))).toMatchObject({ code: 1 });
  expect(existsSync(edge.file('data/keys/seal/acme/1.pem'))).toBe(false);
});
