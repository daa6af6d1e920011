/**
 * The vault's register of collectors: for each name its public keys, oldest first, and whether it was revoked. Replaced and
 * revoked keys stay, since the batches they signed while they were good are evidence; nothing signed with them lands any more.
 */
import { generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/errors.ts';
import { type NotedKey, pemOf, publicKeysIn } from '../../core/public-keys.ts';
import { isoOf } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import { publicMode, writeDurably } from '../../core/write-whole.ts';
import { replaceSigningKey } from '../signing-key.ts';

/** As a source may be named; also the name of its files. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const publicEnd = '.pub.pem';
const revokedEnd = '.revoked';

const folderOf = (dataDir: string) => join(dataDir, 'keys', 'collectors');
const fileOf = (dataDir: string, name: string, end: string) => join(folderOf(dataDir), `${name}${end}`);

export interface RegisteredKey {
  /** SHA-256 of the key's SubjectPublicKeyInfo, hex. */
  readonly fingerprint: string;
  /** ISO 8601; `undefined`: since the collector was first registered. */
  readonly from: string | undefined;
  /** ISO 8601: batches that it signed do not land from then on; `undefined`: they do. */
  readonly until: string | undefined;
}

export interface RegisteredCollector {
  readonly name: string;
  /** Oldest first. */
  readonly keys: readonly RegisteredKey[];
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
    .map((name) => ({
      name,
      keys: notedKeys(dataDir, name).map(({ key, notes }) => ({
        fingerprint: hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex'),
        from: notes['from'],
        until: notes['until'],
      })),
      revokedAt: revokedAt(dataDir, name),
    }));
}

function revokedAt(dataDir: string, name: string): string | undefined {
  const file = fileOf(dataDir, name, revokedEnd);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/**
 * Makes a signing key: the public half is registered here, the private half goes to `out` and is nowhere else. Throws
 * USAGE for a name that is registered: that one's key is replaced, by `replaceCollectorKey`.
 */
export function issueCollector(dataDir: string, name: string, out: string): { readonly keyFile: string } {
  checkName(name);
  const registered = fileOf(dataDir, name, publicEnd);
  const keyFile = join(out, `${name}.pem`);
  if (existsSync(registered)) {
    throw new Fault(
      'USAGE',
      `${name} is registered already; \`cordon keys rotate-collector ${name}\` gives it a new key`,
    );
  }
  if (existsSync(keyFile)) throw new Fault('USAGE', `${keyFile} is there already; give another folder with --out`);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  // The private half first: a registered key that nobody has could never be issued again.
  handOut(out, name, privateKey, publicKey);
  if (!existsSync(registered)) writeRegister(dataDir, name, [{ key: publicKey, notes: {} }]);
  return { keyFile };
}

/** Registers a key that a collector made itself. Throws USAGE for a name that is registered, CONFIG_INVALID for what is no Ed25519 public key. */
export function registerCollector(dataDir: string, name: string, publicKeyFile: string): void {
  checkName(name);
  const registered = fileOf(dataDir, name, publicEnd);
  if (existsSync(registered)) throw new Fault('USAGE', `${name} is registered already`);
  const key = publicKeyAt(publicKeyFile);
  writeRegister(dataDir, name, [{ key, notes: {} }]);
}

function publicKeyAt(file: string): KeyObject {
  try {
    const [only, ...more] = publicKeysIn(readFileSync(file, 'utf8'));
    if (more.length > 0) throw new Error('it holds several keys');
    if (only?.key.asymmetricKeyType === 'ed25519') return only.key;
    throw new Error(`it is ${only?.key.asymmetricKeyType}`);
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${file} is not a readable Ed25519 public key (PEM)`, {}, error);
  }
}

/** What takes the place of a collector's key. */
export interface Replacement {
  /** `undefined`: a pair is made here. */
  readonly publicKeyFile?: string | undefined;
  /** Where the private half of a pair made here goes; `undefined`: into this data folder, where the collector's own lies. */
  readonly out?: string | undefined;
  /** Batches that the key before signed land until then: what was under way when it was replaced. */
  readonly oldUntil: Instant;
  readonly now: Instant;
}

/**
 * A new key for a collector; the old ones stay as evidence. One that was revoked is let in again, with the new key alone. The public half is registered before the private one is put
 * where a collector finds it, so no batch comes under a key that is not known. Returns where the private half lies.
 * Throws NOT_FOUND for a name that is not registered, USAGE where there is no private key to replace or a file would be lost.
 */
export function replaceCollectorKey(dataDir: string, name: string, wanted: Replacement): string | undefined {
  checkName(name);
  const known = notedKeys(dataDir, name);
  if (known.length === 0) throw notRegistered(name);
  const { publicKeyFile, out, oldUntil, now } = wanted;
  const own = join(folderOf(dataDir), `${name}.pem`);
  const keyFile = out === undefined ? own : join(out, `${name}.pem`);
  if (publicKeyFile === undefined && out === undefined && !existsSync(own))
    throw new Fault('USAGE', `${own} is not here: ${name} runs elsewhere. Say with --out where its new key goes`);
  if (out !== undefined && existsSync(keyFile))
    throw new Fault('USAGE', `${keyFile} is there already; give another folder with --out`);
  const pair = publicKeyFile === undefined ? generateKeyPairSync('ed25519') : undefined;
  const key = pair?.publicKey ?? publicKeyAt(publicKeyFile ?? '');
  if (known.some((one) => one.key.equals(key))) throw new Fault('USAGE', `this key of ${name} is registered already`);
  if (pair && out !== undefined) handOut(out, name, pair.privateKey, key);
  const revoked = revokedAt(dataDir, name);
  const end = earlier(revoked, isoOf(oldUntil));
  const ended = known.map(({ key: old, notes }) => ({
    key: old,
    notes: { ...notes, until: earlier(notes['until'], end) },
  }));
  writeRegister(dataDir, name, [...ended, { key, notes: { from: isoOf(now) } }]);
  // Behind the register, which says by now that the old keys ended when they were revoked.
  if (revoked !== undefined) rmSync(fileOf(dataDir, name, revokedEnd));
  if (pair && out === undefined) replaceSigningKey(dataDir, name, pair.privateKey);
  return pair && keyFile;
}

const earlier = (a: string | undefined, b: string): string => (a !== undefined && a < b ? a : b);

/** For a collector that runs elsewhere. */
function handOut(out: string, name: string, privateKey: KeyObject, publicKey: KeyObject): void {
  writeDurably(join(out, `${name}.pem`), String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  writeDurably(join(out, `${name}${publicEnd}`), pemOf([{ key: publicKey, notes: {} }]), publicMode);
}

/** Whole or not there: a lander that runs reads it with the next batch. */
const writeRegister = (dataDir: string, name: string, keys: readonly NotedKey[]): void =>
  writeDurably(fileOf(dataDir, name, publicEnd), pemOf(keys), publicMode);

/** None, for a name that is not registered. Throws CONFIG_INVALID for a file that holds no keys. */
function notedKeys(dataDir: string, name: string): NotedKey[] {
  const file = fileOf(dataDir, name, publicEnd);
  if (!existsSync(file)) return [];
  try {
    return publicKeysIn(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${file} is not readable public keys (PEM)`, {}, error);
  }
}

/** All keys that a collector ever had, oldest first: evidence stands under each. Throws NOT_FOUND for one that was never registered. */
export function registeredKeys(dataDir: string, name: string): readonly KeyObject[] {
  const keys = nameForm.test(name) ? notedKeys(dataDir, name) : [];
  if (keys.length > 0) return keys.map(({ key }) => key);
  throw new Fault('NOT_FOUND', `collector ${name} has no registered public key`, { collector: name });
}

/** Of one collector, as a backup carries it. */
export interface CarriedKeys {
  readonly collector: string;
  /** Public keys with their notes, oldest first. */
  readonly pem: string;
  /** ISO 8601; absent while its batches were accepted, and in backups of earlier versions. */
  readonly revoked?: string;
}

/** What a backup says of a collector. Throws NOT_FOUND for one that was never registered. */
export function carriedKeys(dataDir: string, collector: string): CarriedKeys {
  registeredKeys(dataDir, collector);
  const revoked = revokedAt(dataDir, collector);
  return { collector, pem: pemOf(notedKeys(dataDir, collector)), ...(revoked !== undefined && { revoked }) };
}

/**
 * Out of a backup. A register that has none of the collector's keys takes all of them. One that has takes only their ends, since it may be
 * older than a revocation: what ended once never lands again, and a key that it does not have is not let in by a backup.
 */
export function takeCarriedKeys(dataDir: string, { collector, pem, revoked }: CarriedKeys): void {
  checkName(collector);
  const carried = publicKeysIn(pem);
  const known = notedKeys(dataDir, collector);
  const isCarried = (one: NotedKey): boolean => carried.some(({ key }) => key.equals(one.key));
  // The revocation first: cut off between the two, nothing is let in that was revoked.
  if (revoked !== undefined && known.every(isCarried) && revokedAt(dataDir, collector) === undefined)
    writeDurably(fileOf(dataDir, collector, revokedEnd), `${revoked}\n`, publicMode);
  if (known.length === 0) writeRegister(dataDir, collector, carried);
  const ended = known.map((one) => {
    const ends = carried.find(({ key }) => key.equals(one.key));
    const until = ends && (ends.notes['until'] ?? (known.every(isCarried) ? undefined : revoked));
    return until === undefined ? one : { ...one, notes: { ...one.notes, until: earlier(one.notes['until'], until) } };
  });
  if (pemOf(ended) !== pemOf(known)) writeRegister(dataDir, collector, ended);
}

const notRegistered = (name: string): Fault =>
  new Fault('NOT_FOUND', `no collector \`${name}\` is registered; \`cordon keys\` lists them`);

/** Running landers see it with the next batch. Throws NOT_FOUND for a name that is not registered. */
export function revokeCollector(dataDir: string, name: string, now: Instant): void {
  checkName(name);
  if (!existsSync(fileOf(dataDir, name, publicEnd))) throw notRegistered(name);
  if (revokedAt(dataDir, name) === undefined)
    writeDurably(fileOf(dataDir, name, revokedEnd), `${isoOf(now)}\n`, publicMode);
}

/** The keys under which a collector's batches land now, as the register says at this moment; none for one that is not registered or was revoked. */
export function acceptedKeys(
  dataDir: string,
  now: () => Instant = Date.now,
): (collector: string) => readonly KeyObject[] {
  const known = new Map<string, { readonly stamp: string; readonly keys: readonly NotedKey[] }>();
  return (collector) => {
    // What is on the wire says this name, so it must not name a file elsewhere.
    if (!nameForm.test(collector) || existsSync(fileOf(dataDir, collector, revokedEnd))) return [];
    const there = statSync(fileOf(dataDir, collector, publicEnd), { throwIfNoEntry: false });
    if (there === undefined) return [];
    const stamp = `${there.ino} ${there.mtimeMs}`;
    let found = known.get(collector);
    if (found?.stamp !== stamp) {
      found = { stamp, keys: notedKeys(dataDir, collector) };
      known.set(collector, found);
    }
    const at = isoOf(now());
    return found.keys.filter(({ notes }) => notes['until'] === undefined || at < notes['until']).map(({ key }) => key);
  };
}

function checkName(name: string): void {
  if (nameForm.test(name)) return;
  throw new Fault('USAGE', `a collector is named as its source, with letters, digits, ., _ and -, not \`${name}\``);
}
