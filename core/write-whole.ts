/** Small files that are never seen half written; for this account alone, unless said otherwise. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.ts';

/** A crash of the machine may leave it as it was before. */
export function writePrivately(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** What may be read by whoever may look into its folder: public halves of keys. */
export const publicMode = 0o644;

/** On disk when it returns; the folder is made if there is none. */
export function writeDurably(file: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // What a crash left there may be another's to read.
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, text, { mode, flush: true });
  renameSync(`${file}.new`, file);
  syncFolder(dirname(file));
}
