import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { check, newStream } from '../../../ingest/check.ts';
import {
  acceptedKeys,
  issueCollector,
  registerCollector,
  registeredCollectors,
  registeredKeys,
  revokeCollector,
} from '../../../ingest/keys/collectors.ts';
import { signingKey } from '../../../ingest/signing-key.ts';
import { folder } from '../../helpers/folder.ts';
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
