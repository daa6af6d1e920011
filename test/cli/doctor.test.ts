import { chmodSync, rmSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { LandLog } from '../../ingest/land-log.ts';
import { Spool } from '../../ingest/spool.ts';
import { mailbox } from '../helpers/mailbox.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { Stream } from '../helpers/stream.ts';
import { honestBatch, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const doctor = async (firm: VaultFirm) => {
  const { code, out } = await captured(['doctor', '--json'], { cwd: firm.path });
  const said = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { about: string; is: string; says: string });
  return { code, wrong: said.filter(({ is }) => is === 'wrong').map(({ about, says }) => `${about}: ${says}`), said };
};

test('a firm where all is well, with a mail server and a witness', async () => {
  await using box = await mailbox();
  using firm = vaultFirm(
    { acme: '' },
    `mail: { host: 127.0.0.1, port: ${box.port}, from: a@f.example }\ncheckpoints: { folder: . }\n`,
  );
  await (await openAt(firm.data, 'acme'))[Symbol.asyncDispose]();
  const { code, wrong, said } = await doctor(firm);
  expect({ code, wrong }).toEqual({ code: 0, wrong: [] });
  expect(said.map(({ about, is }) => `${is} ${about}`)).toEqual(
    expect.arrayContaining([
      'fine store',
      'fine keys',
      `fine mail server 127.0.0.1:${box.port}`,
      'fine witness',
      'notice cordon',
    ]),
  );
  const { out, err } = await captured(['doctor'], { cwd: firm.path });
  expect(out).toContain('ok     store: answers for 2 clients\n');
  expect(err).toBe('nothing is wrong\n');
});

test('what is wrong is named, each with its remedy, and the exit code says so', async () => {
  using firm = vaultFirm(
    { acme: '' },
    'mail: { host: 127.0.0.1, port: 1, from: a@f.example }\ncheckpoints: { folder: ./away }\n',
  );
  await (await openAt(firm.data, 'acme'))[Symbol.asyncDispose]();
  chmodSync(firm.file('data/keys/tenants/acme.key'), 0o644);
  {
    await using landLog = new LandLog(firm.data);
    landLog.bury(honestBatch(new Stream('fs1', 'acme')), 'its signature is not its own');
  }
  await new Spool(firm.data)[Symbol.asyncDispose]();
  const { code, wrong } = await doctor(firm);
  expect(code).toBe(1);
  expect(wrong).toEqual([
    'client acme: 1 batches were refused and are kept as dead; the last because its signature is not its own: see cordon replay-dead',
    expect.stringContaining('key tenants/acme.key: can be read by others (mode 644): chmod 600 it'),
    'mail server 127.0.0.1:1: cannot be reached (ECONNREFUSED)',
    expect.stringContaining('away is not there: checkpoints wait here until it is'),
  ]);
});

test('a folder where nothing was ever started is no fault', async () => {
  using firm = vaultFirm({ acme: '' });
  rmSync(firm.data, { recursive: true });
  expect(await doctor(firm)).toMatchObject({ code: 0, wrong: [] });
});
