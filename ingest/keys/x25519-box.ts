/**
 * A key that whoever has a public half can make, and only the private half can find again: ephemeral X25519 (RFC 7748) and HKDF with
 * SHA-256 (RFC 5869), put together as RFC 9180's base mode is. docs/formats.md has every byte.
 */
import { createPublicKey, diffieHellman, generateKeyPairSync, hash, hkdfSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from '../../core/errors.ts';

/** Of a point, which is what travels. */
export const pointBytes = 32;
/** For AES-256. */
const keyBytes = 32;
/** What stands before the 32 bytes in an X25519 SubjectPublicKeyInfo (RFC 8410). */
const spkiBegin = Buffer.from('302a300506032b656e032100', 'hex');

/** A fresh key for whoever holds the private half. `info`: what it is for. */
export function keyTowards(publicKey: KeyObject, info: string): { readonly point: Buffer; readonly key: Buffer } {
  const ephemeral = generateKeyPairSync('x25519');
  const point = rawPublic(ephemeral.publicKey);
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  return { point, key: derived(shared, point, rawPublic(publicKey), info) };
}

/** The same key again. Throws what Node throws for a point that is none. */
export function keyFrom(point: Buffer, privateKey: KeyObject, info: string): Buffer {
  const publicKey = createPublicKey({ key: Buffer.concat([spkiBegin, point]), format: 'der', type: 'spki' });
  const shared = diffieHellman({ privateKey, publicKey });
  return derived(shared, point, rawPublic(createPublicKey(privateKey)), info);
}

const rawPublic = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' }).subarray(spkiBegin.length);

/** The first 16 hex digits of the SHA-256 of the public half's 32 bytes. */
export const halfId = (publicKey: KeyObject): string => hash('sha256', rawPublic(publicKey), 'hex').slice(0, 16);

/** Throws CONFIG_INVALID, naming the file, for what is no public half. */
export function sealingPublicKey(file: string): KeyObject {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('PRIVATE KEY')) throw new Error('it is a private key');
    const key = createPublicKey(text);
    if (key.asymmetricKeyType === 'x25519') return key;
    throw new Error(`it is ${key.asymmetricKeyType}`);
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${file} is not a readable X25519 public key (PEM)`, {}, error);
  }
}

function derived(shared: Buffer, ephemeral: Buffer, own: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeral, own]), info, keyBytes));
}
