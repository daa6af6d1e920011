import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { mailbox } from '../../../alerts/notifiers/mailbox.ts';
import { notice } from '../example.ts';

const soon = () => AbortSignal.timeout(60_000);
const fresh = () => join(mkdtempSync(join(tmpdir(), 'cordon-box-')), 'mail');
const from = 'cordon@firm.example';

test('a notice becomes a file that mail programs can open', async () => {
  const folder = fresh();
  await mailbox({ folder, from }).notify(notice(), ['soc@firm.example'], soon());
  const files = readdirSync(join(folder, 'new'));
  expect(files).toEqual(['2026-03-04T22-31-10-000Z.00112233445566aa.1.eml']);
  const mail = await PostalMime.parse(readFileSync(join(folder, 'new', files[0] ?? '')));
  expect(mail.subject).toBe('[Cordon high] Ana Chan and client C-1042');
  expect(mail.to?.[0]?.address).toBe('soc@firm.example');
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});

test('only its owner can read it', async () => {
  const folder = fresh();
  await mailbox({ folder, from }).notify(notice(), [], soon());
  const [file = ''] = readdirSync(join(folder, 'new'));
  expect(statSync(join(folder, 'new', file)).mode & 0o077).toBe(0);
});

test('the same version again is the same file', async () => {
  const folder = fresh();
  const box = mailbox({ folder, from });
  for (const version of [1, 1, 2]) await box.notify(notice({}, { version }), ['soc@firm.example'], soon());
  expect(readdirSync(join(folder, 'new'))).toHaveLength(2);
});

test('a folder that went away can be tried again', async () => {
  const folder = fresh();
  const box = mailbox({ folder, from });
  rmSync(folder, { recursive: true });
  await expect(box.notify(notice(), [], soon())).rejects.toMatchObject({ code: 'NOTIFY_UNREACHABLE', retry: true });
});
