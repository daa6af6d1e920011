/**
 * The envelope of a batch's value: AES-256-GCM under a data key, which itself travels wrapped by the tenant's key in the
 * signed header. So a batch at rest opens with the tenant's key and nothing else. docs/formats.md says the same in prose.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { batchSaltBytes, damaged, headerBlock } from './batch.ts';
import { Fault, isFault } from './errors.ts';
import type { BatchHeader, OpenedBatch, SealedBatch, TenantId } from './types.ts';

export const dataKeyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const overheadBytes = nonceBytes + tagBytes;

/** `key` of a batch whose value is not encrypted, as all were before there were envelopes. */
const noKey = 'none';

/** What a batch's `key` may be: it stands in a header line, so no blank or control character; and a bound on what is kept of it. */
const keyForm = /^[!-~]{1,2048}$/;

/** Encrypts values: a data key in use, or the lack of one. */
export interface Sealing {
  /** What the batch's header says as `key`. */
  readonly name: string;
  /** The value of a batch: what is in it, encrypted and bound to this very header. */
  seal(header: BatchHeader, content: Buffer): Buffer;
}

/**
 * A data key in use. It counts its own nonces and lies in this process's memory only: a process that begins anew has a new
 * one, so whatever a crash makes happen twice, no key meets a nonce twice.
 */
export class DataKey implements Sealing {
  readonly name: string;
  readonly #key: KeyObject;
  #used = 0;

  /** @param name the key, wrapped, as it travels in headers */
  constructor(key: Buffer, name: string) {
    if (!keyForm.test(name)) throw new Fault('KEY_REFUSED', 'a wrapped data key is no plain ASCII text');
    this.#key = createSecretKey(key);
    this.name = name;
  }

  /** Values it has sealed. */
  get used(): number {
    return this.#used;
  }

  seal(header: BatchHeader, content: Buffer): Buffer {
    const nonce = Buffer.alloc(nonceBytes);
    nonce.writeBigUInt64BE(BigInt(this.#used), nonceBytes - 8);
    this.#used += 1;
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(Buffer.from(headerBlock(header), 'latin1'));
    const sealed = cipher.update(content);
    cipher.final();
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
  }
}

/** Unwraps data keys. One for each way in which tenants' keys are kept. */
export interface Unwrapper {
  /** The first part of the `key`s it knows, up to the colon. */
  readonly scheme: string;
  /**
   * The data key. Throws KEY_MISSING when the tenant's key is not there any more, KEY_UNREACHABLE when it may be later,
   * KEY_REFUSED when it does not fit.
   */
  unwrap(tenant: TenantId, wrapped: string, signal: AbortSignal): Promise<Buffer>;
}

/** Whoever may read batches has one; the edge has none. */
export interface Opener {
  /** Throws EVIDENCE_BROKEN, naming the batch, for one that does not open; KEY_MISSING, KEY_UNREACHABLE as `Unwrapper`. */
  open(batch: SealedBatch, signal: AbortSignal): Promise<OpenedBatch>;
}

/** Unwrapped data keys kept at once: about 300 bytes each. */
const dataKeysMax = 8_192;

export function createOpener(unwrappers: readonly Unwrapper[]): Opener {
  const byScheme = new Map(unwrappers.map((one) => [one.scheme, one]));
  const kept = new Map<string, Buffer>();
  async function dataKeyOf({ tenant, key }: BatchHeader, signal: AbortSignal): Promise<Buffer> {
    const name = `${tenant} ${key}`;
    const found = kept.get(name) ?? (await unwrapped(byScheme, tenant, key, signal));
    // Put at the end: the first is the one that was not used for longest.
    kept.delete(name);
    kept.set(name, found);
    for (const oldest of kept.keys()) {
      if (kept.size <= dataKeysMax) break;
      kept.delete(oldest);
    }
    return found;
  }
  return {
    async open(batch, signal) {
      const { header } = batch;
      if (header.key === noKey) return openPlain(batch);
      checkLength(batch);
      let dataKey: Buffer;
      try {
        dataKey = await dataKeyOf(header, signal);
      } catch (error) {
        if (!isFault(error, 'KEY_REFUSED')) throw error;
        throw damaged(header, `its data key does not unwrap: ${error.message}`, error);
      }
      return { header, sig: batch.sig, content: decrypted(batch, dataKey) };
    },
  };
}

/** A batch that was never encrypted. Throws EVIDENCE_BROKEN for one that was, or whose value is of another length. */
export function openPlain({ header, sig, value }: SealedBatch): OpenedBatch {
  if (header.key !== noKey) throw damaged(header, 'it is encrypted, and nothing was given to open it with');
  checkLength({ header, sig, value });
  return { header, sig, content: value };
}

/** Bytes that the value of a batch with this header must have. */
export const valueBytesOf = ({ key, lengths: [accesses, records] }: BatchHeader): number =>
  batchSaltBytes + accesses + records + (key === noKey ? 0 : overheadBytes);

function checkLength({ header, value }: SealedBatch): void {
  if (value.length !== valueBytesOf(header)) throw damaged(header, 'its value is not as long as its header says');
}

async function unwrapped(
  byScheme: ReadonlyMap<string, Unwrapper>,
  tenant: TenantId,
  key: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const colon = key.indexOf(':');
  const scheme = key.slice(0, Math.max(0, colon));
  const unwrapper = byScheme.get(scheme);
  if (!unwrapper || !keyForm.test(key))
    throw new Fault(
      'KEY_MISSING',
      `client ${tenant}: nothing here unwraps data keys of the kind \`${scheme.slice(0, 40)}\`; look at \`keys\` in cordon.yaml`,
      { tenant },
    );
  const dataKey = await unwrapper.unwrap(tenant, key.slice(colon + 1), signal);
  if (dataKey.length === dataKeyBytes) return dataKey;
  throw new Fault('KEY_REFUSED', 'what was unwrapped is no data key');
}

function decrypted({ header, value }: SealedBatch, dataKey: Buffer): Buffer {
  const end = value.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', dataKey, value.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(headerBlock(header), 'latin1'));
  decipher.setAuthTag(value.subarray(end));
  try {
    const content = decipher.update(value.subarray(nonceBytes, end));
    decipher.final();
    return content;
  } catch (error) {
    throw damaged(header, 'its value is not what was encrypted under its key', error);
  }
}

export const newDataKey = (): Buffer => randomBytes(dataKeyBytes);
