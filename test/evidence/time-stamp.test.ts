/** Stamps of a real authority (openssl), and of one that lies. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkTimeStamp, requestTimeStamp } from '../../evidence/time-stamp.ts';
import { type Folder, folder } from '../helpers/folder.ts';
import { type TimeStamper, timeStamper } from '../helpers/time-stamper.ts';

const signal = AbortSignal.timeout(60_000);
let place: Folder;
let tsa: TimeStamper;
let cas: string[];

beforeAll(async () => {
  place = folder();
  tsa = await timeStamper(place.file('tsa'));
  cas = [readFileSync(tsa.caFile, 'utf8')];
});
afterAll(async () => {
  await tsa[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

const asked = (text: string) => requestTimeStamp({ url: tsa.url, cas }, text, signal);

test('a stamp says when, and openssl agrees that it holds', async () => {
  const token = await asked('a checkpoint\n');
  const { at, by } = await checkTimeStamp(token, 'a checkpoint\n', cas);
  expect(Math.abs(Date.now() - at)).toBeLessThan(3_600_000);
  expect(by).toBe('CN=tsa');
  writeFileSync(place.file('token.der'), token);
  writeFileSync(place.file('text'), 'a checkpoint\n');
  const check = ['ts', '-verify', '-token_in', '-in', 'token.der', '-data', 'text', '-CAfile', tsa.caFile];
  expect(execFileSync('openssl', check, { cwd: place.path, stdio: 'pipe' }).toString()).toContain('Verification: OK');
});

test('it is a stamp of that text and no other', async () => {
  await expect(checkTimeStamp(await asked('one'), 'another', cas)).rejects.toMatchObject({
    code: 'EVIDENCE_BROKEN',
    message: expect.stringContaining('it is of another text'),
  });
});

test('a token of which any byte of the statement or the signature is another does not hold', async () => {
  const token = await asked('one');
  for (const place of [token.length - 5, token.indexOf(Buffer.from('one')), Math.floor(token.length / 2)]) {
    if (place < 0) continue;
    const changed = Buffer.from(token);
    changed.writeUInt8((changed.readUInt8(place) + 1) % 256, place);
    await expect(checkTimeStamp(changed, 'one', cas)).rejects.toMatchObject({ code: 'EVIDENCE_BROKEN' });
  }
});

test('an authority that leads to another certificate is nobody', async () => {
  await using other = await timeStamper(place.file('other'));
  const others = [readFileSync(other.caFile, 'utf8')];
  await expect(requestTimeStamp({ url: other.url, cas }, 'one', signal)).rejects.toMatchObject({
    code: 'EVIDENCE_BROKEN',
  });
  expect((await requestTimeStamp({ url: other.url, cas: others }, 'one', signal)).length).toBeGreaterThan(100);
});

test('a certificate of the same CA that is not for time stamping stamps nothing, nor does a signature that names none', async () => {
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: place.file('tsa'), stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', ...key, '-subj', '/CN=web', '-keyout', 'web.key', '-out', 'web.csr');
  run('x509', '-req', '-in', 'web.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-days', '2', '-out', 'web.crt');
  // Later than the certificate, which holds from its making on.
  writeFileSync(place.file('tsa/honest.der'), await asked('one'));
  run('cms', '-verify', '-noverify', '-inform', 'DER', '-in', 'honest.der', '-out', 'info.der');
  const signedBy = (name: string, ...more: string[]) => {
    const by = ['-signer', `${name}.crt`, '-inkey', `${name}.key`, ...more];
    const kind = ['-econtent_type', '1.2.840.113549.1.9.16.1.4', '-binary', '-nodetach', '-outform', 'DER'];
    run('cms', '-sign', ...kind, '-in', 'info.der', ...by, '-out', 'token.der');
    return readFileSync(place.file('tsa/token.der'));
  };
  const says = (what: string) => ({ code: 'EVIDENCE_BROKEN', message: expect.stringContaining(what) });
  await expect(checkTimeStamp(signedBy('web', '-cades'), 'one', cas)).rejects.toMatchObject(
    says('not one for time stamping alone'),
  );
  await expect(checkTimeStamp(signedBy('tsa'), 'one', cas)).rejects.toMatchObject(
    says('does not name the certificate'),
  );
  expect((await checkTimeStamp(signedBy('tsa', '-cades'), 'one', cas)).by).toBe('CN=tsa');
});

test('an old answer is no answer: its nonce is another', async () => {
  let kept: Buffer | undefined;
  tsa.answer((honest) => {
    kept ??= honest;
    return { status: 200, body: kept };
  });
  await asked('one');
  await expect(asked('one')).rejects.toMatchObject({ message: expect.stringContaining('its nonce is another') });
  tsa.answer(undefined);
});

test.each([
  ['an error page', { status: 500, body: Buffer.from('no') }, 'STAMP_UNREACHABLE'],
  ['something else', { status: 200, body: Buffer.from('<html>') }, 'EVIDENCE_BROKEN'],
  ['a refusal', { status: 200, body: Buffer.from('30053003020102', 'hex') }, 'EVIDENCE_BROKEN'],
  ['far too much', { status: 200, body: Buffer.alloc(1_000_000) }, 'STAMP_UNREACHABLE'],
])('%s is no stamp', async (_, reply, code) => {
  tsa.answer(() => reply);
  await expect(asked('one')).rejects.toMatchObject({ code });
  tsa.answer(undefined);
});
