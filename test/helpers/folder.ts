/** A folder of its own for one test, gone when the test's block ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Folder extends Disposable {
  readonly path: string;
  file(name: string): string;
}

export function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'cordon-test-'));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
