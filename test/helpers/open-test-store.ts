/** A real store on a data folder of its own, gone when the test's block ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../core/log.ts';
import { tenantId } from '../../core/types.ts';
import { openStore, type Store } from '../../store/index.ts';

export interface TestStore extends AsyncDisposable {
  readonly dataDir: string;
  readonly store: Store;
}

export async function openTestStore(...tenants: string[]): Promise<TestStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'cordon-store-'));
  const store = await openAt(dataDir, ...tenants);
  return {
    dataDir,
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** On a folder that is there already. */
export const openAt = (dataDir: string, ...tenants: string[]): Promise<Store> =>
  openStore({
    config: { store: 'embedded' },
    dataDir,
    tenants: tenants.map(tenantId),
    log: createLog('silent'),
    signal: AbortSignal.timeout(60_000),
    mode: 'own',
  });
