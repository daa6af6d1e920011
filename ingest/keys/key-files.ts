import { linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from '../../core/sync-folder.ts';

/** Whole and durable under its name, which is no other file's: a link never replaces. */
export function writeKeyFile(file: string, pem: string | Buffer): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, pem, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } finally {
    unlinkSync(draft);
  }
  syncFolder(dirname(file));
}
