/** Destroys a client's keys: what is encrypted under them, here and in any copy or backup, can never be read again. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../core/sync-folder.ts';
import type { TenantId } from '../core/types.ts';
import { openSecrets } from './secrets.ts';

/** These are the sources', not the clients'. */
const foreign = 'collectors';

/** The client's key files, whatever kinds of keys there are: `keys/<kind>/<client>` and `keys/<kind>/<client>.*`. */
export function keyFilesOf(dataDir: string, tenant: TenantId): string[] {
  const keys = join(dataDir, 'keys');
  if (!existsSync(keys)) return [];
  return readdirSync(keys, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== foreign)
    .flatMap(({ name: kind }) =>
      readdirSync(join(keys, kind))
        .filter((name) => name === tenant || name.startsWith(`${tenant}.`))
        .flatMap((name) => filesIn(join(keys, kind, name))),
    );
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => !statSync(file).isDirectory());
}

/** Written over, then removed. A disk may still hold the old blocks: see docs/vault.md. Returns the files' number. */
export function destroyKeys(dataDir: string, tenant: TenantId): number {
  const files = keyFilesOf(dataDir, tenant);
  for (const file of files) {
    const fd = openSync(file, 'r+');
    try {
      writeSync(fd, randomBytes(statSync(file).size), 0, undefined, 0);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    unlinkSync(file);
    syncFolder(dirname(file));
  }
  return files.length;
}

const diskOf = (dataDir: string, tenant: TenantId): string =>
  join(dataDir, 'clickhouse', 'data', 'tenants', openSecrets(dataDir).diskOf(tenant));

/** Whether the embedded server ever had something of this client. */
export const hasDisk = (dataDir: string, tenant: TenantId): boolean => existsSync(diskOf(dataDir, tenant));

/** What the server left of the client's disk. Only when no server runs, and after its key is gone. */
export function removeDisk(dataDir: string, tenant: TenantId): void {
  rmSync(diskOf(dataDir, tenant), { recursive: true, force: true });
}
