/** Checkpoints made, mailed through a real server, saved by the client, and held against a store that was tampered with since. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { email } from '../../alerts/notifiers/email.ts';
import { CheckpointMailer } from '../../cli/checkpoint-mail.ts';
import { CheckpointMaker } from '../../cli/checkpoints.ts';
import type { Context } from '../../cli/context.ts';
import { loadConfig } from '../../core/config.ts';
import { loadDirectory } from '../../core/directory/directory.ts';
import { createLog } from '../../core/log.ts';
import type { Store } from '../../store/index.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { mailbox } from '../helpers/mailbox.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { Stream } from '../helpers/stream.ts';
import { honestBatch, landAll, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured as cordon } from './captured.ts';

const signal = AbortSignal.timeout(400_000);
const log = createLog('silent');
const hour = 3_600_000;
const contacts =
  ', contacts: [{ name: J, mail: jd@acme.example, for: [checkpoints] }, { name: K, mail: k@acme.example }]';

let firm: VaultFirm;
let store: Store;
let now = Date.parse('2026-03-04T06:00:00Z');

beforeAll(async () => {
  firm = vaultFirm(
    { acme: contacts, globex: '' },
    'mail: { host: 127.0.0.1, from: cordon@f.example }\ncheckpoints: { mail: true }\n',
  );
  store = await openAt(firm.data, 'acme', 'globex');
}, 180_000);
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  firm[Symbol.dispose]();
});

test('once a day the client that asked gets what was made since; joined, it is a witness that shows a tail cut off', async () => {
  await using server = await mailbox();
  const config = loadConfig(firm.file('cordon.yaml'));
  const context = { config, log, directory: loadDirectory(config.directory) } as Context;
  const maker = new CheckpointMaker(context, store, () => now);
  const notifiers = [email({ host: '127.0.0.1', port: server.port, tls: 'none', from: 'cordon@f.example' }, {})];
  const hourly = async () => {
    // A new one each time, as after a restart.
    await new CheckpointMailer(context, store, notifiers, () => now).tick(signal);
    now += hour;
  };
  await hourly();
  expect(server.mails).toEqual([]);

  const stream = new Stream('fs1', 'acme');
  for (let made = 0; made < 30; made += 1) {
    if (made % 10 === 0) await landAll(store, [honestBatch(stream)], signal);
    await maker.tick(signal);
    await hourly();
  }
  expect(server.mails).toHaveLength(2);
  const mails = await Promise.all(server.mails.map((mail) => PostalMime.parse(mail)));
  for (const { to, text } of mails) {
    expect(to?.map(({ address }) => address)).toEqual(['jd@acme.example']);
    expect(text).toContain('Please keep this message');
  }
  expect(mails.map(({ subject }) => subject)).toEqual([
    "Checkpoints of your data's access records at F, number 0",
    "Checkpoints of your data's access records at F, numbers 1 to 24",
  ]);
  const attached = mails.map(({ attachments: [one] }) => Buffer.from(one?.content as ArrayBuffer).toString());
  expect(attached[1]?.match(/\n/g)).toHaveLength(24);

  mkdirSync(firm.file('kept'));
  writeFileSync(firm.file('kept/acme.ndjson'), attached.join(''));
  const audit = () =>
    cordon(['audit-chain', '--tenant', 'acme', '--witness', firm.file('kept'), '--config', firm.file('cordon.yaml')]);
  expect(await audit()).toMatchObject({ code: 0, out: expect.stringContaining('25 confirmed by the witness') });
  // As somebody who owns the server: the last batch gone, its rows, and every checkpoint that knew of it.
  const database = openSecrets(firm.data).databaseOf(stream.tenant);
  const sql = askAs(firm.data, migrateUser);
  for (const what of [
    'batches DELETE WHERE seq = 2',
    'accesses DELETE WHERE seq = 2',
    'checkpoints DELETE WHERE number >= 20',
  ])
    expect(await sql(`ALTER TABLE ${database}.${what} SETTINGS mutations_sync = 2`)).toMatchObject({ ok: true });
  const after = await audit();
  expect(after.code).toBe(1);
  expect(after.out).toMatch(/witness|cut|batch 2/);
}, 120_000);

test('checkpoints cannot be mailed where no mail is configured', () => {
  firm.write({ acme: contacts }, 'checkpoints: { mail: true }\n');
  expect(() => loadConfig(firm.file('cordon.yaml'))).toThrow('checkpoints.mail: there is no `mail`');
});
