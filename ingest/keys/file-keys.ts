/**
 * Tenants' keys as files: an X25519 pair for each generation in `<data>/keys/seal/<tenant>`. Who has the public half
 * can wrap data keys and not unwrap them, so that is all an edge gets. The wrap is ephemeral X25519 (RFC 7748), HKDF with
 * SHA-256 (RFC 5869) and AES-256-GCM, put together as RFC 9180's base mode is; docs/formats.md has every byte.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataKeyBytes } from '../../core/envelope.ts';
import { Fault } from '../../core/errors.ts';
import { type TenantId, tenantId } from '../../core/types.ts';
import { writeKeyFile } from './key-files.ts';
import type { KeyProvider } from './key-provider.ts';
import { halfId, keyFrom, keyTowards, pointBytes, sealingPublicKey } from './x25519-box.ts';

const tagBytes = 16;
const wrappedBytes = pointBytes + dataKeyBytes + tagBytes;
/** Each wrap has a key of its own, out of a fresh ephemeral secret, so its nonce may always be this one. */
const zeroNonce = Buffer.alloc(12);
const tenantForm = /^(_unattributed|[a-z][a-z0-9_]{0,40})$/;
const generationForm = /^\d{1,6}$/;
const privateForm = /^([0-9a-f]{1,16})\.pem$/;
const publicForm = /^(\d{1,6})\.pub\.pem$/;

const folderOf = (dataDir: string): string => join(dataDir, 'keys', 'seal');

/** A public half, where it lies. */
export interface SealingKeyFile {
  readonly tenant: TenantId;
  /** From 1; the highest is in use. */
  readonly generation: number;
  readonly file: string;
}

/** The tenants that have a folder below this one. */
export const tenantsWithKeys = (folder: string): TenantId[] =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => tenantForm.test(name))
    .sort()
    .map(tenantId);

/** Oldest first. */
export function sealingKeyFiles(folder: string, tenant: TenantId): SealingKeyFile[] {
  const own = join(folder, tenant);
  if (!tenantForm.test(tenant) || !existsSync(own)) return [];
  return readdirSync(own)
    .flatMap((name) => {
      const generation = publicForm.exec(name)?.[1];
      return generation === undefined ? [] : [{ tenant, generation: Number(generation), file: join(own, name) }];
    })
    .sort((a, b) => a.generation - b.generation);
}

/** As a backup carries it, which only the client's disk key opens. */
export interface PrivateHalf {
  readonly name: string;
  /** PKCS #8. */
  readonly pem: string;
}

interface PublicHalf {
  readonly id: string;
  readonly generation: number;
  readonly key: KeyObject;
}

export class FileKeys implements KeyProvider {
  readonly scheme = 'x25519';
  readonly #dataDir: string;
  readonly #public = new Map<TenantId, PublicHalf>();
  readonly #private = new Map<string, KeyObject>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Where the public halves lie, and at the vault the private ones. */
  get folder(): string {
    return folderOf(this.#dataDir);
  }

  /** At the vault: a first generation for each tenant that has none. */
  make(tenants: readonly TenantId[]): void {
    for (const tenant of tenants) if (!this.#newestFile(tenant)) this.#generate(tenant);
  }

  newest(tenant: TenantId): string | undefined {
    const file = this.#newestFile(tenant);
    return file && `${file.generation}`;
  }

  #newestFile(tenant: TenantId): SealingKeyFile | undefined {
    return sealingKeyFiles(this.folder, tenant).at(-1);
  }

  async wrap(tenant: TenantId, dataKey: Buffer): Promise<string> {
    const { id, key } = this.#publicOf(tenant);
    const { point, key: wrapping } = keyTowards(key, infoOf(tenant));
    const cipher = createCipheriv('aes-256-gcm', wrapping, zeroNonce);
    const wrapped = Buffer.concat([point, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
    return `${id}:${wrapped.toString('base64url')}`;
  }

  async unwrap(tenant: TenantId, wrapped: string): Promise<Buffer> {
    const [id = '', text = ''] = wrapped.split(':');
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== wrappedBytes || `${id}:${bytes.toString('base64url')}` !== wrapped)
      throw new Fault('KEY_REFUSED', 'it is not written as wrapped data keys are');
    const key = this.#privateOf(tenant, id);
    try {
      const unwrapping = keyFrom(bytes.subarray(0, pointBytes), key, infoOf(tenant));
      const decipher = createDecipheriv('aes-256-gcm', unwrapping, zeroNonce, { authTagLength: tagBytes });
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      const dataKey = decipher.update(bytes.subarray(pointBytes, -tagBytes));
      decipher.final();
      return dataKey;
    } catch (error) {
      throw new Fault('KEY_REFUSED', `the key ${id} of client ${tenant} does not fit it`, {}, error);
    }
  }

  async rotate(tenant: TenantId): Promise<string> {
    return this.#generate(tenant);
  }

  /** All that open batches of this tenant; none at an edge. */
  privateHalves(tenant: TenantId): PrivateHalf[] {
    const own = join(this.folder, tenant);
    if (!existsSync(own)) return [];
    return readdirSync(own)
      .flatMap((file) => privateForm.exec(file)?.[1] ?? [])
      .map((name) => ({ name, pem: readFileSync(join(own, `${name}.pem`), 'utf8') }));
  }

  /** Out of a backup. Where the tenant has other keys here, it opens what it sealed and seals nothing more. */
  restore(tenant: TenantId, { name, pem }: PrivateHalf): void {
    const key = createPublicKey(createPrivateKey(pem));
    const known = this.privateHalves(tenant).map((one) => halfId(createPublicKey(createPrivateKey(one.pem))));
    if (known.includes(halfId(key))) return;
    const own = join(this.folder, tenant);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const isFree = generationForm.test(name) && !existsSync(join(own, `${name}.pub.pem`));
    writeKeyFile(join(own, `${isFree ? name : halfId(key)}.pem`), pem);
    if (isFree) writeKeyFile(join(own, `${name}.pub.pem`), key.export({ type: 'spki', format: 'pem' }));
  }

  #generate(tenant: TenantId): string {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    const own = join(this.folder, tenant);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    // Above the private halves as well: a crash may have left one whose public half never was.
    const taken = readdirSync(own).map((name) => Number(/^(\d{1,6})\.(?:pub\.)?pem$/.exec(name)?.[1] ?? 0));
    const generation = Math.max(0, ...taken) + 1;
    // The private half first, and neither ever replaced: what was sealed for a public half must stay readable.
    writeKeyFile(join(own, `${generation}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeKeyFile(join(own, `${generation}.pub.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
    return `generation ${generation}, key ${halfId(publicKey)}`;
  }

  #publicOf(tenant: TenantId): PublicHalf {
    const newest = this.#newestFile(tenant);
    if (!newest)
      throw new Fault(
        'KEY_UNREACHABLE',
        `there is no key to seal for client ${tenant} in ${this.folder}; at the vault run \`cordon keys export-tenants --out FOLDER\`, carry the folder here, and run \`cordon keys import-tenants FOLDER\``,
        { tenant },
      );
    const known = this.#public.get(tenant);
    if (known?.generation === newest.generation) return known;
    const key = sealingPublicKey(newest.file);
    const half = { id: halfId(key), generation: newest.generation, key };
    this.#public.set(tenant, half);
    return half;
  }

  #privateOf(tenant: TenantId, id: string): KeyObject {
    const name = `${tenant} ${id}`;
    const known = this.#private.get(name);
    if (known) return known;
    for (const { pem } of this.privateHalves(tenant)) {
      const key = createPrivateKey(pem);
      if (halfId(createPublicKey(key)) !== id) continue;
      this.#private.set(name, key);
      return key;
    }
    throw new Fault(
      'KEY_MISSING',
      `client ${tenant}: the key ${id} is not in ${this.folder}: it was destroyed, or was never here; what it sealed cannot be read`,
      { tenant },
    );
  }
}

const infoOf = (tenant: TenantId): string => `cordon data key ${tenant}`;
