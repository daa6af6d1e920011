import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { check, newStream, refusals } from '../../../ingest/check.ts';
import {
  acceptedKeys,
  issueCollector,
  registerCollector,
  registeredCollectors,
  registeredKeys,
  replaceCollectorKey,
  revokeCollector,
} from '../../../ingest/keys/collectors.ts';
import { signingKey, signingKeyOf } from '../../../ingest/signing-key.ts';
import { type Folder, folder } from '../../helpers/folder.ts';
import { Stream } from '../../helpers/stream.ts';

const now = Date.parse('2026-03-04T08:00:00.000Z');

test('an issued key signs for its collector; its private half is for its owner and not in the vault', () => {
  using dir = folder();
  const { keyFile } = issueCollector(dir.file('vault'), 'fs1', dir.file('edge/keys/collectors'));
  const issued = createPublicKey(signingKey(dir.file('edge'), 'fs1'));
  expect(acceptedKeys(dir.file('vault'))('fs1').map((key) => key.equals(issued))).toEqual([true]);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(() => readFileSync(dir.file('vault/keys/collectors/fs1.pem'))).toThrow('ENOENT');
});

test('a revoked collector is refused by a lander that knew its key, and its old batches can still be checked', () => {
  using dir = folder();
  const stream = new Stream('fs1');
  writeFileSync(dir.file('fs1.pub.pem'), stream.publicKey.export({ type: 'spki', format: 'pem' }));
  registerCollector(dir.path, 'fs1', dir.file('fs1.pub.pem'));
  const keyOf = acceptedKeys(dir.path);
  expect(check(stream.next(), newStream, keyOf('fs1')).is).toBe('next');
  revokeCollector(dir.path, 'fs1', now);
  expect(keyOf('fs1')).toEqual([]);
  expect(registeredCollectors(dir.path)).toMatchObject([{ name: 'fs1', revokedAt: '2026-03-04T08:00:00.000Z' }]);
  expect(registeredKeys(dir.path, 'fs1').map((key) => key.equals(stream.publicKey))).toEqual([true]);
});

test('a name that is registered is not issued or registered again, also after it was revoked', () => {
  using dir = folder();
  issueCollector(dir.path, 'fs1', dir.file('out'));
  revokeCollector(dir.path, 'fs1', now);
  expect(() => issueCollector(dir.path, 'fs1', dir.file('other'))).toThrow('registered already');
  expect(() => registerCollector(dir.path, 'fs1', dir.file('out/fs1.pub.pem'))).toThrow('registered already');
  expect(acceptedKeys(dir.path)('fs1')).toEqual([]);
});

test('a name on the wire reaches no file outside the register', () => {
  using dir = folder();
  issueCollector(dir.file('vault'), 'fs1', dir.file('out'));
  const keyOf = acceptedKeys(dir.file('vault'));
  expect(keyOf('../../../out/fs1')).toEqual([]);
  expect(keyOf('fs1')).toHaveLength(1);
  expect(() => issueCollector(dir.file('vault'), '../fs2', dir.file('out'))).toThrow('is named as its source');
});

test('what is no Ed25519 public key is not registered, a private one least of all', () => {
  using dir = folder();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed = generateKeyPairSync('ed25519');
  writeFileSync(dir.file('rsa'), rsa.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(dir.file('private'), ed.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  for (const file of ['rsa', 'private', 'absent'])
    expect(() => registerCollector(dir.path, 'fs1', dir.file(file))).toThrow('not a readable Ed25519 public key');
  expect(registeredCollectors(dir.path)).toEqual([]);
  expect(() => revokeCollector(dir.path, 'fs1', now)).toThrow('no collector `fs1`');
});

describe('a key that is replaced', () => {
  const day = 86_400_000;

  function registered(dir: Folder) {
    issueCollector(dir.path, 'fs1', dir.file('first'));
    const first = registeredKeys(dir.path, 'fs1')[0];
    if (!first) throw new Error('it was issued');
    return first;
  }

  test('lands what is under way for a time, and stays evidence after it', () => {
    using dir = folder();
    const first = registered(dir);
    replaceCollectorKey(dir.path, 'fs1', { out: dir.file('second'), oldUntil: now + 7 * day, now });
    const second = createPublicKey(readFileSync(dir.file('second/fs1.pem')));
    const at = (when: number) => acceptedKeys(dir.path, () => when)('fs1').map((key) => key.equals(second));
    expect(at(now)).toEqual([false, true]);
    expect(at(now + 7 * day)).toEqual([true]);
    expect(registeredKeys(dir.path, 'fs1').map((key) => [key.equals(first), key.equals(second)])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(registeredCollectors(dir.path)[0]?.keys).toMatchObject([
      { from: undefined, until: '2026-03-11T08:00:00.000Z' },
      { from: '2026-03-04T08:00:00.000Z', until: undefined },
    ]);
  });

  test('signs nothing more that a running lander takes, where it was replaced at once', () => {
    using dir = folder();
    const stream = new Stream('fs1');
    writeFileSync(dir.file('fs1.pub.pem'), stream.publicKey.export({ type: 'spki', format: 'pem' }));
    registerCollector(dir.path, 'fs1', dir.file('fs1.pub.pem'));
    const keysOf = acceptedKeys(dir.path);
    expect(check(stream.next(), newStream, keysOf('fs1')).is).toBe('next');
    const at = Date.now();
    replaceCollectorKey(dir.path, 'fs1', { out: dir.file('new'), oldUntil: at, now: at });
    expect(check(stream.next(), newStream, keysOf('fs1'))).toEqual({ is: 'refused', reason: refusals.signature });
  });

  test('is not given more time by replacing the key after it', () => {
    using dir = folder();
    registered(dir);
    replaceCollectorKey(dir.path, 'fs1', { out: dir.file('second'), oldUntil: now, now });
    replaceCollectorKey(dir.path, 'fs1', { out: dir.file('third'), oldUntil: now + 7 * day, now });
    expect(registeredCollectors(dir.path)[0]?.keys.map(({ until }) => until)).toEqual([
      '2026-03-04T08:00:00.000Z',
      '2026-03-11T08:00:00.000Z',
      undefined,
    ]);
  });

  test('lets a collector in again that was revoked, and none of its old keys', () => {
    using dir = folder();
    const first = registered(dir);
    revokeCollector(dir.path, 'fs1', now);
    expect(acceptedKeys(dir.path)('fs1')).toEqual([]);
    replaceCollectorKey(dir.path, 'fs1', { out: dir.file('second'), oldUntil: now + 8 * day, now: now + day });
    const second = createPublicKey(readFileSync(dir.file('second/fs1.pem')));
    const accepted = acceptedKeys(dir.path, () => now + day)('fs1');
    expect(accepted.map((key) => [key.equals(first), key.equals(second)])).toEqual([[false, true]]);
    expect(registeredCollectors(dir.path)).toMatchObject([
      { revokedAt: undefined, keys: [{ until: '2026-03-04T08:00:00.000Z' }, { until: undefined }] },
    ]);
    expect(registeredKeys(dir.path, 'fs1')).toHaveLength(2);
  });

  test('in the same folder is used by a process that runs, within ten seconds', () => {
    using dir = folder();
    const before = createPublicKey(signingKey(dir.path, 'fs1'));
    let time = now;
    const key = signingKeyOf(dir.path, 'fs1', () => time);
    const keyFile = replaceCollectorKey(dir.path, 'fs1', { oldUntil: now, now });
    expect(keyFile).toBe(dir.file('keys/collectors/fs1.pem'));
    expect(createPublicKey(key()).equals(before)).toBe(true);
    time += 10_000;
    expect(createPublicKey(key()).equals(before)).toBe(false);
    expect(registeredKeys(dir.path, 'fs1').at(-1)?.equals(createPublicKey(key()))).toBe(true);
    expect(statSync(keyFile ?? '').mode & 0o777).toBe(0o600);
  });

  test('needs a place to go where the collector runs elsewhere, a name that is registered, and to be another one', () => {
    using dir = folder();
    const wanted = { oldUntil: now, now };
    expect(() => replaceCollectorKey(dir.path, 'fs1', wanted)).toThrow('no collector `fs1` is registered');
    registered(dir);
    expect(() => replaceCollectorKey(dir.path, 'fs1', wanted)).toThrow('Say with --out where its new key goes');
    expect(() => replaceCollectorKey(dir.path, 'fs1', { ...wanted, out: dir.file('first') })).toThrow(
      'is there already',
    );
    const same = dir.file('first/fs1.pub.pem');
    expect(() => replaceCollectorKey(dir.path, 'fs1', { ...wanted, publicKeyFile: same })).toThrow(
      'registered already',
    );
    expect(registeredKeys(dir.path, 'fs1')).toHaveLength(1);
  });
});
