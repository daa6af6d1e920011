/**
 * Records that no collector could read, sealed where they are found for somebody who is elsewhere: who reads the spool, or owns the
 * machine it lies on, sees how many there are, from where and why, and nothing of what is in them. docs/formats.md has every byte.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { Reject, SealedReject } from '../core/types.ts';
import { halfId, keyFrom, keyTowards, pointBytes } from './keys/x25519-box.ts';

const info = 'cordon reject';
const nonceBytes = 12;
const tagBytes = 16;
/** Of one ephemeral key: a source whose configuration is wrong rejects every record it has. */
const sealsMax = 4_096;

/** Where it was found and why it was kept; the id is what the spool knows the record by. */
export type FoundReject = Reject & Pick<SealedReject, 'id'>;

/** What stays readable, and is bound to what does not: none can be put to another's bytes. */
function boundTo({ source, position, reason, seenAt, id, key, bytes }: Omit<SealedReject, 'box'>): Buffer {
  return Buffer.from(JSON.stringify([source, position, reason, seenAt, id, key, bytes]));
}

/** For one public half. The key in use lies in memory alone and counts its own nonces, so no crash makes one meet a nonce twice. */
export class RejectSealer {
  readonly #publicKey: KeyObject;
  readonly #id: string;
  #current: { readonly point: Buffer; readonly key: Buffer } | undefined;
  #used = 0;

  constructor(publicKey: KeyObject) {
    this.#publicKey = publicKey;
    this.#id = halfId(publicKey);
  }

  seal({ raw, ...found }: FoundReject): SealedReject {
    if (!this.#current || this.#used >= sealsMax) {
      this.#current = keyTowards(this.#publicKey, info);
      this.#used = 0;
    }
    const { point, key } = this.#current;
    const nonce = Buffer.alloc(nonceBytes);
    nonce.writeUInt32BE(this.#used, nonceBytes - 4);
    this.#used += 1;
    const parts = { ...found, key: this.#id, bytes: raw.length };
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(boundTo(parts));
    const sealed = Buffer.concat([cipher.update(raw), cipher.final()]);
    return { ...parts, box: Buffer.concat([point, nonce, sealed, cipher.getAuthTag()]) };
  }
}

/** The record, if this private half is the one it was sealed for and nobody changed it. */
export function openedReject({ box, ...parts }: SealedReject, privateKey: KeyObject): Reject | undefined {
  const { source, position, reason, seenAt } = parts;
  const begin = pointBytes + nonceBytes;
  try {
    const key = keyFrom(box.subarray(0, pointBytes), privateKey, info);
    const nonce = box.subarray(pointBytes, begin);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(boundTo(parts));
    decipher.setAuthTag(box.subarray(-tagBytes));
    const raw = Buffer.concat([decipher.update(box.subarray(begin, -tagBytes)), decipher.final()]);
    return { source, position, reason, seenAt, raw };
  } catch {
    return undefined;
  }
}
