/** A directory out of a text, by way of a file, as the product reads it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Directory, loadDirectory } from '../../../core/directory/directory.ts';

export function writtenFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'cordon-directory-')), 'directory.yaml');
  writeFileSync(file, text);
  return file;
}

export const writtenDirectory = (text: string): Directory => loadDirectory(writtenFile(text));
