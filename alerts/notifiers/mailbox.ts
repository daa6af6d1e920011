import { mkdirSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/errors.ts';
import { isoOf } from '../../core/time.ts';
import type { Delivery, MailSettings, Notifier, NotifierKind } from '../notifier.ts';
import { alertBytes, messageBytes } from './email.ts';

export const mailboxKind: NotifierKind = {
  name: 'mailbox',
  summary: 'A Maildir folder of .eml files, for a trial without a mail server.',
  open: (settings) => (settings.folder === undefined ? undefined : mailbox({ ...settings, folder: settings.folder })),
};

/**
 * A Maildir (https://cr.yp.to/proto/maildir.html): written in `tmp`, then moved to `new`, so that a reader never sees half
 * a message. The name says alert and version; the same one again takes the place of the first.
 */
export function mailbox({ folder, from }: MailSettings & { readonly folder: string }): Notifier {
  for (const part of ['tmp', 'new', 'cur']) mkdirSync(join(folder, part), { recursive: true, mode: 0o700 });
  return {
    name: 'mailbox',
    async notify(notice, to, signal): Promise<Delivery> {
      signal.throwIfAborted();
      const { candidate, version } = notice;
      await put(
        folder,
        `${fileTime(candidate.raised_at)}.${candidate.id}.${version}`,
        await alertBytes(notice, to, from),
      );
      return { accepted: to.length, refused: 0 };
    },
    async post(message, signal): Promise<Delivery> {
      signal.throwIfAborted();
      await put(folder, `${fileTime(isoOf(message.at))}.${message.id}`, await messageBytes(message, from));
      return { accepted: message.to.length, refused: 0 };
    },
  };
}

const fileTime = (iso: string): string => iso.replaceAll(/[:.]/g, '-');

async function put(folder: string, name: string, bytes: Buffer): Promise<void> {
  const aside = join(folder, 'tmp', `${name}.eml`);
  try {
    await using file = await open(aside, 'w', 0o600);
    await file.writeFile(bytes);
    await file.sync();
    await rename(aside, join(folder, 'new', `${name}.eml`));
  } catch (error) {
    await rm(aside, { force: true });
    throw new Fault('NOTIFY_UNREACHABLE', `the mailbox ${folder} cannot be written to`, {}, error);
  }
}
