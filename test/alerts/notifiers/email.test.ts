import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import type { MailSettings } from '../../../alerts/notifier.ts';
import { email } from '../../../alerts/notifiers/email.ts';
import { mailbox } from '../../helpers/mailbox.ts';
import { freePorts } from '../../helpers/ports.ts';
import { notice } from '../example.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordon-mail-'));
const soon = () => AbortSignal.timeout(60_000);
const soc = ['soc@firm.example'];
const to = (port: number, over: Omit<Partial<MailSettings>, 'from' | 'host'> = {}, env = {}) =>
  email({ host: '127.0.0.1', port, from: 'Cordon <cordon@firm.example>', tls: 'none', ...over }, env);

/** A certificate for localhost that no system trusts. */
const certificate = (() => {
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ],
    { stdio: 'ignore' },
  );
  return { cert, pems: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } };
})();

test('the mail that arrives says who, which client and why, in text and in HTML', async () => {
  await using box = await mailbox();
  expect(await to(box.port).notify(notice(), soc, soon())).toEqual({ accepted: 1, refused: 0 });
  const mail = await PostalMime.parse(box.mails[0] ?? '');
  expect(mail.subject).toBe('[Cordon high] Ana Chan and client C-1042');
  expect(mail.from).toEqual({ name: 'Cordon', address: 'cordon@firm.example' });
  expect(mail.to).toEqual([{ name: '', address: 'soc@firm.example' }]);
  expect(mail.date).toBe('2026-03-04T22:31:40.000Z');
  expect(mail.text).toMatch(/^Ana Chan opened 41 documents of client C-1042 without being assigned to it\./);
  expect(mail.html).toContain('<h1>Ana Chan opened 41 documents of client C-1042 without being assigned to it.</h1>');
  expect(mail.attachments).toEqual([]);
});

test('it is marked as written by a machine, and as one list', async () => {
  await using box = await mailbox();
  await to(box.port).notify(notice(), soc, soon());
  const { headers } = await PostalMime.parse(box.mails[0] ?? '');
  const header = (name: string) => headers.find(({ key }) => key === name)?.value;
  expect(header('auto-submitted')).toBe('auto-generated');
  expect(header('list-id')).toBe('Cordon alerts <cordon-alerts.firm.example>');
  expect(header('x-mailer')).toBeUndefined();
});

test('later messages about an alert hang below the first', async () => {
  await using box = await mailbox();
  for (const version of [1, 2, 3]) await to(box.port).notify(notice({}, { version, say: 'reminder' }), soc, soon());
  const [first, second, third] = await Promise.all(box.mails.map((mail) => PostalMime.parse(mail)));
  const id = (version: number) => `<00112233445566aa.${version}.alert@firm.example>`;
  expect([first?.messageId, second?.messageId, third?.messageId]).toEqual([id(1), id(2), id(3)]);
  expect([first?.inReplyTo, second?.inReplyTo, third?.inReplyTo]).toEqual([undefined, id(1), id(2)]);
  expect(third?.references).toBe(`${id(1)} ${id(2)}`);
});

test('a name that tries to be a header stays a name', async () => {
  await using box = await mailbox();
  await to(box.port).notify(notice({}, { nameOf: () => 'Ana\r\nBcc: spy@evil.example\r\n\r\n<b>hi</b>' }), soc, soon());
  const mail = await PostalMime.parse(box.mails[0] ?? '');
  expect(mail.bcc).toBeUndefined();
  expect(mail.subject).toBe('[Cordon high] Ana Bcc: spy@evil.example <b>hi</b> and client C-1042');
});

test.each([
  [550, 'NOTIFY_REFUSED', false],
  [554, 'NOTIFY_REFUSED', false],
  [451, 'NOTIFY_UNREACHABLE', true],
  [421, 'NOTIFY_UNREACHABLE', true],
])('a %i reply is %s', async (refuse, code, retry) => {
  await using box = await mailbox({ refuse });
  await expect(to(box.port).notify(notice(), soc, soon())).rejects.toMatchObject({
    code,
    retry,
    about: { smtp: refuse },
  });
});

test('one refused recipient does not keep it from the others', async () => {
  await using box = await mailbox({ refuseTo: ['gone@firm.example'] });
  const sent = to(box.port).notify(notice(), [...soc, 'gone@firm.example'], soon());
  expect(await sent).toEqual({ accepted: 1, refused: 1 });
});

test('a closed port can be tried again, and the sentence says where it was', async () => {
  const [port = 0] = await freePorts(1);
  await expect(to(port).notify(notice(), soc, soon())).rejects.toMatchObject({
    code: 'NOTIFY_UNREACHABLE',
    message: `the mail server 127.0.0.1:${port} cannot be reached; check mail.host and mail.port`,
    about: { why: 'ECONNREFUSED' },
  });
});

test('a server that never answers is left when the signal says so', async () => {
  const server = createServer((socket) => socket.unref()).listen(0, '127.0.0.1');
  server.unref();
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(to(port).notify(notice(), soc, AbortSignal.timeout(200))).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

describe('TLS', () => {
  test('STARTTLS with a known authority carries the mail', async () => {
    await using box = await mailbox({ tls: certificate.pems });
    await to(box.port, { tls: 'starttls', ca_file: certificate.cert }).notify(notice(), soc, soon());
    expect(box.secured).toEqual([true]);
  });

  test('an unknown authority is not trusted, and the sentence names the remedy', async () => {
    await using box = await mailbox({ tls: certificate.pems });
    await expect(to(box.port, { tls: 'starttls' }).notify(notice(), soc, soon())).rejects.toMatchObject({
      message: expect.stringContaining('name its authority in mail.ca_file'),
    });
    expect(box.mails).toEqual([]);
  });

  test('a server without STARTTLS gets nothing in the open', async () => {
    await using box = await mailbox();
    await expect(to(box.port, { tls: 'starttls' }).notify(notice(), soc, soon())).rejects.toMatchObject({
      message: expect.stringContaining('check mail.port and mail.tls'),
    });
    expect(box.mails).toEqual([]);
  });
});

describe('login', () => {
  const login = { user: 'cordon', pass: 'correct horse' };
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${login.pass}\n`);
  const secured = { tls: 'starttls', ca_file: certificate.cert, user: 'cordon' } as const;

  test('the password comes from its file', async () => {
    await using box = await mailbox({ tls: certificate.pems, login });
    await to(box.port, { ...secured, password: { file: passwordFile } }).notify(notice(), soc, soon());
    expect(box.mails).toHaveLength(1);
  });

  test('a wrong one is refused, and is in no part of the failure', async () => {
    await using box = await mailbox({ tls: certificate.pems, login });
    const wrong = to(box.port, { ...secured, password: { env: 'MAIL_PASS' } }, { MAIL_PASS: 'hunter2hunter2' });
    const failure = await wrong.notify(notice(), soc, soon()).catch((error) => error);
    expect(failure).toMatchObject({ code: 'NOTIFY_REFUSED', retry: false });
    expect(`${failure.message} ${JSON.stringify(failure.about)}`).not.toContain('hunter2');
  });

  test('a password never travels in the open', () => {
    expect(() => to(25, { user: 'cordon', tls: 'none', password: { file: passwordFile } })).toThrow('in the open');
  });
});
