/**
 * The store's secrets, in `<data>/keys`: one master secret, from which every password and unguessable name follows, and
 * one disk key for each tenant. Destroying a tenant's key file destroys what is stored of that tenant.
 */
import { createHmac, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../core/errors.ts';
import { syncFolder } from '../core/sync-folder.ts';
import { type TenantId, tenantId } from '../core/types.ts';
import { migrateUser } from './users.ts';

/** Of the master secret, and of a key for AES-256. */
const secretBytes = 32;
const secretForm = /^[0-9a-f]{64}$/;
const tenantForm = /^(?:_unattributed|[a-z][a-z0-9_]{0,40})$/;

export interface Secrets {
  passwordOf(user: string): string;
  /** Nobody who is told of the tenant can tell the name. */
  databaseOf(tenant: TenantId): string;
  readonly firmDatabase: string;
  /** Every user can list the disks' names (system.completions), so they tell nothing. `undefined`: the firm's. */
  diskOf(tenant: TenantId | undefined): string;
  /** 64 hex digits. Made when there is none yet. */
  diskKeyOf(tenant: TenantId): string;
  readonly firmDiskKey: string;
  /** Every tenant that has a key, which is every tenant that may have data. */
  readonly keyed: readonly TenantId[];
  /** False: of a server that holds some clients and nothing of the firm. `firmDatabase` there has the migrations' book alone. */
  readonly holdsFirm: boolean;
  /** Those of a client's own server: what every server has, the one who makes tables and the book, is none that another knows. */
  at(url: string): Secrets;
}

const masterFile = (dataDir: string): string => join(dataDir, 'keys', 'store.secret');

/** Whether a store was ever opened with this data folder; makes nothing. */
export const holdsStore = (dataDir: string): boolean => existsSync(masterFile(dataDir));

/** Throws CONFIG_INVALID for a secret that is not one, STORE_REFUSED for a name that is no tenant's. */
export function openSecrets(dataDir: string): Secrets {
  const folder = join(dataDir, 'keys');
  const tenants = join(folder, 'tenants');
  mkdirSync(tenants, { recursive: true, mode: 0o700 });
  const master = Buffer.from(secretAt(masterFile(dataDir)), 'hex');
  const derive = (text: string) => createHmac('sha256', master).update(text).digest('hex');
  const firms: Secrets = {
    passwordOf: (user) => derive(`password ${user}`),
    databaseOf: (tenant) => `${checkedTenant(tenant)}_${derive(`database of ${tenant}`).slice(0, 12)}`,
    firmDatabase: `firm_${derive('firm database').slice(0, 12)}`,
    diskOf: (tenant) => `d${derive(tenant === undefined ? 'firm disk' : `disk of ${tenant}`).slice(0, 16)}`,
    diskKeyOf: (tenant) => secretAt(join(tenants, `${checkedTenant(tenant)}.key`)),
    firmDiskKey: secretAt(join(folder, 'firm.key')),
    keyed: readdirSync(tenants)
      .filter((name) => name.endsWith('.key') && tenantForm.test(name.slice(0, -4)))
      .map((name) => tenantId(name.slice(0, -4))),
    holdsFirm: true,
    at(url) {
      const { origin } = new URL(url);
      return {
        ...firms,
        passwordOf: (user) => derive(user === migrateUser ? `password ${user} at ${origin}` : `password ${user}`),
        firmDatabase: `book_${derive(`book at ${origin}`).slice(0, 12)}`,
        holdsFirm: false,
      };
    },
  };
  return firms;
}

/** Tenant names become names of databases, users and files, so nothing else may pass. */
function checkedTenant(tenant: TenantId): TenantId {
  if (tenantForm.test(tenant)) return tenant;
  throw new Fault('STORE_REFUSED', `\`${tenant}\` cannot be a client's id: write a letter, then letters, digits and _`);
}

function secretAt(file: string): string {
  const secret = readIfThere(file) ?? makeSecret(file);
  if (secretForm.test(secret)) return secret;
  throw new Fault('CONFIG_INVALID', `${file} should hold 64 hex digits and does not; restore it from your backup`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('CONFIG_INVALID', `${file}, which holds a secret of the store, cannot be read`, {}, cause);
  }
}

/** Whole on the disk under its name, or not there: a half-written key would be a lost tenant. */
function makeSecret(file: string): string {
  const text = randomBytes(secretBytes).toString('hex');
  const draft = `${file}.${process.pid}.new`;
  const fd = openSync(draft, 'wx', 0o600);
  try {
    writeSync(fd, `${text}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    // A link never replaces: if another process was first, its secret holds.
    linkSync(draft, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  } finally {
    unlinkSync(draft);
  }
  syncFolder(dirname(file));
  return readFileSync(file, 'utf8').trim();
}
