/** A collector's own Ed25519 key: made on first use, readable by its owner alone, its public half beside it. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import { pemOf } from '../core/public-keys.ts';
import type { Instant } from '../core/types.ts';
import { publicMode, writeDurably } from '../core/write-whole.ts';

/** How soon a process that runs signs with a key that was replaced. */
const lookMs = 10_000;

const folderOf = (dataDir: string) => join(dataDir, 'keys', 'collectors');

/** Throws CONFIG_INVALID naming the file when it is there but is no Ed25519 key. */
export function signingKey(dataDir: string, collector: string): KeyObject {
  const folder = folderOf(dataDir);
  const file = join(folder, `${collector}.pem`);
  if (!existsSync(file)) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    // On disk before the private half: without it nothing that is signed would land, and it is made no second time.
    writeDurably(join(folder, `${collector}.pub.pem`), pemOf([{ key: publicKey, notes: {} }]), publicMode);
    replaceSigningKey(dataDir, collector, privateKey);
    return privateKey;
  }
  try {
    chmodSync(file, 0o600);
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is ${key.asymmetricKeyType}`);
    return key;
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${file} is not a readable Ed25519 private key (PKCS #8 PEM)`, {}, error);
  }
}

/** The same for a process that runs on: another key in the file is used from at most `lookMs` later. */
export function signingKeyOf(dataDir: string, collector: string, now: () => Instant = Date.now): () => KeyObject {
  const file = join(folderOf(dataDir), `${collector}.pem`);
  let key = signingKey(dataDir, collector);
  const stampOf = () => {
    const there = statSync(file, { throwIfNoEntry: false });
    return there && `${there.ino} ${there.mtimeMs}`;
  };
  let stamp = stampOf();
  let lookedAt = now();
  return () => {
    if (now() - lookedAt < lookMs) return key;
    lookedAt = now();
    const there = stampOf();
    if (there !== undefined && there !== stamp) {
      key = signingKey(dataDir, collector);
      stamp = there;
    }
    return key;
  };
}

/** Puts another private key in place of the collector's own; a crash leaves the one or the other. */
export function replaceSigningKey(dataDir: string, collector: string, privateKey: KeyObject): void {
  const file = join(folderOf(dataDir), `${collector}.pem`);
  writeDurably(file, String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
}
