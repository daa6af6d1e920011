/**
 * A folder for a trial that stores as much as the store itself. It lies in the data folder: that disk is as large as it has to
 * be and is for its owner alone, whereas a temporary folder may be a few megabytes of memory.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '../store/data-lock.ts';

export interface TrialFolder extends AsyncDisposable {
  readonly path: string;
}

/** What a trial left that was killed is removed by the next one of its name. */
export async function trialFolder(dataDir: string, name: string): Promise<TrialFolder> {
  const trials = join(dataDir, 'trials');
  mkdirSync(trials, { recursive: true, mode: 0o700 });
  for (const left of readdirSync(trials).filter((one) => one.startsWith(`${name}-`))) {
    await using unused = await tryLock(join(trials, left), 'read');
    if (unused) rmSync(join(trials, left), { recursive: true, force: true });
  }
  const path = mkdtempSync(join(trials, `${name}-`));
  const lock = await tryLock(path, 'read');
  return {
    path,
    async [Symbol.asyncDispose]() {
      rmSync(path, { recursive: true, force: true });
      await lock?.[Symbol.asyncDispose]();
    },
  };
}
