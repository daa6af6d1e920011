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
import { Fault } from '../core/errors.ts';
import { syncFolder } from '../core/sync-folder.ts';
import type { TenantId } from '../core/types.ts';
import { openSecrets, type Secrets } from './secrets.ts';

/** As `Secrets` names them, and the server keeps them. */
const databaseForm = /^(_unattributed|[a-z][a-z0-9_]{0,40})_[0-9a-f]{12}\.sql$/;

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

/**
 * The embedded server opens nothing of the firm while it has tables of a client whose disk has no key, and a new key in its place opens none
 * of them. Throws KEY_MISSING, naming the clients, before one is made.
 */
export function refuseKeyless(dataDir: string, { keyed, databaseOf }: Pick<Secrets, 'keyed' | 'databaseOf'>): void {
  const known = join(dataDir, 'clickhouse', 'data', 'metadata');
  const lost = (existsSync(known) ? readdirSync(known) : []).flatMap((file) => {
    const name = databaseForm.exec(file)?.[1] as TenantId | undefined;
    // The firm's own database is named alike, and is not this.
    const isLost = name !== undefined && !keyed.includes(name) && file === `${databaseOf(name)}.sql`;
    return isLost ? [name] : [];
  });
  if (lost.length === 0) return;
  throw new Fault(
    'KEY_MISSING',
    `${lost.map((tenant) => `keys/tenants/${tenant}.key`).join(', ')} ${lost.length === 1 ? 'is' : 'are'} not in ${dataDir}, and its store has data under it: bring it back from where you keep keys/. If it is gone for good, so is that data: move clickhouse/ out of the data folder and restore the other clients' backups`,
    { clients: lost.length },
  );
}
