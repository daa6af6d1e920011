/**
 * The data folder is for one account of the machine. Asked as another one, half of what lies there would look as if it were
 * not there; written as root, it could not be read any more by the account that Cordon runs under.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Fault } from '../core/errors.ts';

interface Account {
  readonly uid: number;
  readonly username: string;
}

export interface DataFolder {
  readonly path: string;
  /** Of its owner. */
  readonly uid: number;
  /** By this account. */
  readonly usable: boolean;
}

/** What to say before going on as root in somebody else's folder, or nothing. Throws USAGE for a folder that this account may not use. */
export function ownerWarning(folder: DataFolder | undefined, { uid, username }: Account = userInfo()): string {
  // None: made by whoever needs it first.
  if (folder === undefined || folder.uid === uid) return '';
  const whose = `the data folder ${folder.path} belongs to user ${folder.uid}`;
  if (uid === 0)
    return `${whose}, and this is root: what is written now that user cannot read. Run cordon as that user: sudo -u '#${folder.uid}' cordon …\n`;
  if (folder.usable) return '';
  throw new Fault('USAGE', `${whose}, and ${username} may not use it; run cordon as that user`);
}

/** `undefined`: it is not there yet. Throws USAGE where a folder above it is closed to this account. */
export function dataFolder(path: string): DataFolder | undefined {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    return there && { path, uid: there.uid, usable: isUsable(path) };
  } catch (error) {
    throw new Fault('USAGE', `the data folder ${path} cannot be looked at by this user`, {}, error);
  }
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
