/** The pair for records that no collector could read: the public half for edges to seal with, the private one for whoever may look. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/errors.ts';
import { writeKeyFile } from './key-files.ts';
import { halfId } from './x25519-box.ts';

export interface IssuedRejectsKey {
  readonly publicFile: string;
  readonly privateFile: string;
  /** 16 hex digits: as sealed rejects name it. */
  readonly id: string;
}

/** Into a folder, which is made if there is none. Throws USAGE where one lies there: what was sealed for it would be lost. */
export function issueRejectsKey(out: string): IssuedRejectsKey {
  const privateFile = join(out, 'rejects.pem');
  const publicFile = join(out, 'rejects.pub.pem');
  const taken = [privateFile, publicFile].find((file) => existsSync(file));
  if (taken !== undefined) throw new Fault('USAGE', `${taken} is there already; name another folder with --out`);
  mkdirSync(out, { recursive: true, mode: 0o700 });
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  // The private half first: nothing is sealed for a public half whose private one never was.
  writeKeyFile(privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeKeyFile(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
  return { publicFile, privateFile, id: halfId(publicKey) };
}

/** Private halves by the id that sealed rejects name. */
export type RejectsKeys = ReadonlyMap<string, KeyObject>;

/** Throws USAGE, naming the file, for what is no private half. */
export function readRejectsKeys(files: readonly string[]): RejectsKeys {
  return new Map(
    files.map((file) => {
      const key = privateHalfIn(file);
      return [halfId(createPublicKey(key)), key] as const;
    }),
  );
}

function privateHalfIn(file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType === 'x25519') return key;
    throw new Error(`it is ${key.asymmetricKeyType}`);
  } catch (error) {
    throw new Fault('USAGE', `${file} is not a readable X25519 private key (PEM)`, {}, error);
  }
}
