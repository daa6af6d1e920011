/** A folder that only its owner may enter: raw records lie in it. */
import { chmodSync, mkdirSync } from 'node:fs';

export function ownFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  // One that was there before, or made under another umask, is closed as well.
  chmodSync(path, 0o700);
}
