/**
 * The vault's register of collectors: a public key for each name, and those that were revoked. A revoked key stays, since
 * the batches it signed while it was good are evidence; nothing signed with it lands any more.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/errors.ts';
import { isoOf } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';

/** As a source may be named; also the name of its files. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const publicEnd = '.pub.pem';
const revokedEnd = '.revoked';

const folderOf = (dataDir: string) => join(dataDir, 'keys', 'collectors');
const fileOf = (dataDir: string, name: string, end: string) => join(folderOf(dataDir), `${name}${end}`);

export interface RegisteredCollector {
  readonly name: string;
  /** ISO 8601; `undefined` while its batches are accepted. */
  readonly revokedAt: string | undefined;
}

/** By name. */
export function registeredCollectors(dataDir: string): readonly RegisteredCollector[] {
  if (!existsSync(folderOf(dataDir))) return [];
  return readdirSync(folderOf(dataDir))
    .filter((file) => file.endsWith(publicEnd))
    .map((file) => file.slice(0, -publicEnd.length))
    .sort()
    .map((name) => ({ name, revokedAt: revokedAt(dataDir, name) }));
}

function revokedAt(dataDir: string, name: string): string | undefined {
  const file = fileOf(dataDir, name, revokedEnd);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/**
 * Makes a signing key: the public half is registered here, the private half goes to `out` and is nowhere else. Throws
 * USAGE for a name that is registered, because a stream has one key for all of its batches.
 */
export function issueCollector(dataDir: string, name: string, out: string): { readonly keyFile: string } {
  checkName(name);
  const registered = fileOf(dataDir, name, publicEnd);
  const keyFile = join(out, `${name}.pem`);
  if (existsSync(registered)) {
    throw new Fault('USAGE', `${name} is registered already; a source that needs a new key goes on under a new name`);
  }
  if (existsSync(keyFile)) throw new Fault('USAGE', `${keyFile} is there already; give another folder with --out`);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  mkdirSync(out, { recursive: true, mode: 0o700 });
  mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  // The private half first: a registered key that nobody has could never be issued again.
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
  writeFileSync(join(out, `${name}${publicEnd}`), pem);
  if (!existsSync(registered)) writeFileSync(registered, pem, { flush: true });
  return { keyFile };
}

/** Registers a key that a collector made itself. Throws USAGE for a name that is registered, CONFIG_INVALID for what is no Ed25519 public key. */
export function registerCollector(dataDir: string, name: string, publicKeyFile: string): void {
  checkName(name);
  const registered = fileOf(dataDir, name, publicEnd);
  if (existsSync(registered)) throw new Fault('USAGE', `${name} is registered already`);
  const key = publicKeyAt(publicKeyFile);
  mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 });
  writeFileSync(registered, key.export({ type: 'spki', format: 'pem' }), { flush: true });
}

function publicKeyAt(file: string): KeyObject {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('PRIVATE KEY')) throw new Error('it is a private key');
    const key = createPublicKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new Error(`it is ${key.asymmetricKeyType}`);
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${file} is not a readable Ed25519 public key (PEM)`, {}, error);
  }
}

/** Running landers see it with the next batch. Throws NOT_FOUND for a name that is not registered. */
export function revokeCollector(dataDir: string, name: string, now: Instant): void {
  checkName(name);
  if (!existsSync(fileOf(dataDir, name, publicEnd)))
    throw new Fault('NOT_FOUND', `no collector \`${name}\` is registered; \`cordon keys\` lists them`);
  if (revokedAt(dataDir, name) === undefined)
    writeFileSync(fileOf(dataDir, name, revokedEnd), `${isoOf(now)}\n`, { flush: true });
}

/** The key under which a collector's batches land, read once; `undefined` for one that is not registered or was revoked. */
export function acceptedKeys(dataDir: string): (collector: string) => KeyObject | undefined {
  const keys = new Map<string, KeyObject>();
  return (collector) => {
    // What is on the wire says this name, so it must not name a file elsewhere.
    if (!nameForm.test(collector) || existsSync(fileOf(dataDir, collector, revokedEnd))) return undefined;
    const known = keys.get(collector);
    if (known) return known;
    const file = fileOf(dataDir, collector, publicEnd);
    if (!existsSync(file)) return undefined;
    const key = createPublicKey(readFileSync(file));
    keys.set(collector, key);
    return key;
  };
}

function checkName(name: string): void {
  if (nameForm.test(name)) return;
  throw new Fault('USAGE', `a collector is named as its source, with letters, digits, ., _ and -, not \`${name}\``);
}
