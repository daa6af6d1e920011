/** The keys this installation signs with: each made on first use, readable by its owner alone, its public half beside it. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';

/** Signs bundles. Throws CONFIG_INVALID naming the file when it is there but is no Ed25519 key. */
export const exporterKey = (dataDir: string): KeyObject => ownKey(dataDir, 'exporter');

/** Signs checkpoints and receipts. Throws CONFIG_INVALID naming the file when it is there but is no Ed25519 key. */
export const vaultKey = (dataDir: string): KeyObject => ownKey(dataDir, 'vault');

function ownKey(dataDir: string, name: string): KeyObject {
  const folder = join(dataDir, 'keys');
  const file = join(folder, `${name}.pem`);
  if (!existsSync(file)) make(folder, file);
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is ${key.asymmetricKeyType}`);
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${file} is not a readable Ed25519 private key (PKCS #8 PEM)`, {}, error);
  }
  const shown = join(folder, `${name}.pub.pem`);
  if (!existsSync(shown)) writeFileSync(shown, createPublicKey(key).export({ type: 'spki', format: 'pem' }));
  return key;
}

/** Written aside and linked into place: no half key after a crash, and of two exports at once the first one's key stays. */
function make(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}`;
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(aside, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
  try {
    linkSync(aside, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
