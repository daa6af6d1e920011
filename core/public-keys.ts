/** Several public keys in one PEM file, oldest first, as a collector has whose key was replaced. */
import { createPublicKey, type KeyObject } from 'node:crypto';

/** More is no key file. */
const keysMax = 64;
const charsMax = 64 * 1024;

export interface NotedKey {
  readonly key: KeyObject;
  /** The lines `name: value` before the key's block; PEM lets a reader skip such text (RFC 7468 section 2). */
  readonly notes: Readonly<Record<string, string>>;
}

/** Throws for a text that holds no public key, or something besides. */
export function publicKeysIn(pem: string): NotedKey[] {
  if (pem.includes('PRIVATE KEY')) throw new Error('it holds a private key');
  if (pem.length > charsMax) throw new Error('it is too long for public keys');
  const found: NotedKey[] = [];
  for (const [, before = '', block = ''] of pem.matchAll(/([\s\S]*?)(-----BEGIN [\s\S]*?-----END [^\n]*-----)/g)) {
    if (found.length === keysMax) throw new Error('it holds too many keys');
    const notes = [...before.matchAll(/^([a-z_]+): (.+?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]);
    found.push({ key: createPublicKey(block), notes: Object.fromEntries(notes) as Record<string, string> });
  }
  if (found.length === 0) throw new Error('it holds no key');
  return found;
}

export const pemOf = (keys: readonly NotedKey[]): string =>
  keys
    .map(
      ({ key, notes }) =>
        `${Object.entries(notes)
          .map(([name, value]) => `${name}: ${value}\n`)
          .join('')}${key.export({ type: 'spki', format: 'pem' })}`,
    )
    .join('');
