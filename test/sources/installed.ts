/** Real servers as Debian packages them. Where one is not installed, or may not be run, its tests are skipped, visibly. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { describe } from '@jest/globals';

const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];

function isThere(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A program by its name, also where only root's PATH leads. */
export const programOf = (name: string): string | undefined =>
  folders.map((folder) => `${folder}/${name}`).find((file) => isThere(file));

/** What is missing of these programs, as a reason for a skip. */
export const missing = (...names: readonly string[]): string | undefined => {
  const absent = names.filter((name) => programOf(name) === undefined);
  return absent.length === 0 ? undefined : `${absent.join(', ')} not installed`;
};

export const isRoot = process.getuid?.() === 0;

const mounting =
  'mount -t tmpfs tmpfs /mnt && touch /mnt/null && mount --bind /dev/null /mnt/null && mount --rbind /mnt /dev';

/** Whether there can be a /dev that nobody else sees. */
export const ownDev: boolean = isRoot && spawnSync('unshare', ['-m', 'sh', '-c', mounting]).status === 0;

/** `describe`, or one that is reported as skipped and says why. */
export const describeUnless = (reason: string | undefined, name: string, body: () => void): void =>
  reason === undefined ? describe(name, body) : describe.skip(`${name} (skipped: ${reason})`, body);
