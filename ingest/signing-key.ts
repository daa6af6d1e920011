/** A collector's own Ed25519 key: made on first use, readable by its owner alone, its public half beside it. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';

const folderOf = (dataDir: string) => join(dataDir, 'keys', 'collectors');

/** Throws CONFIG_INVALID naming the file when it is there but is no Ed25519 key. */
export function signingKey(dataDir: string, collector: string): KeyObject {
  const folder = folderOf(dataDir);
  const file = join(folder, `${collector}.pem`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(folder, `${collector}.pub.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
    // Written aside and renamed, so that a crash leaves no half key behind.
    writeFileSync(`${file}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
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

/** The key whose signatures of this collector the vault accepts. Throws NOT_FOUND for a collector that was never registered. */
export function registeredKey(dataDir: string, collector: string): KeyObject {
  const file = join(folderOf(dataDir), `${collector}.pub.pem`);
  if (!existsSync(file))
    throw new Fault('NOT_FOUND', `collector ${collector} has no registered public key`, { collector });
  return createPublicKey(readFileSync(file));
}
