import { createDecipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { accessId, type SealedReject } from '../../core/types.ts';
import { openedReject, RejectSealer } from '../../ingest/reject-seal.ts';

const pair = generateKeyPairSync('x25519');
const raw = Buffer.from('2026-03-04 09:15:02 achan reads /srv/clients/acme/terms.docx');
const found = {
  source: 'fs1',
  position: '/var/log/audit.log:17',
  reason: 'the record is blank',
  seenAt: 1_772_000_000_000,
  id: accessId('0123456789abcdef0123456789abcdef'),
};
const sealed = () => new RejectSealer(pair.publicKey).seal({ ...found, raw });

test('what is sealed opens with the private half of the pair, and with no other', () => {
  const { id: _, ...shown } = found;
  expect(openedReject(sealed(), pair.privateKey)).toEqual({ ...shown, raw });
  expect(openedReject(sealed(), generateKeyPairSync('x25519').privateKey)).toBeUndefined();
});

test('nothing of the record is in it but its length', () => {
  const one = sealed();
  expect(one).toMatchObject({ ...found, bytes: raw.length, key: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(Object.keys(one).sort()).toEqual(['box', 'bytes', 'id', 'key', 'position', 'reason', 'seenAt', 'source']);
  for (const telling of ['achan', 'acme', 'terms']) expect(one.box.includes(telling)).toBe(false);
});

test.each([
  ['source', { source: 'fs2' }],
  ['position', { position: '/var/log/audit.log:18' }],
  ['reason', { reason: 'another' }],
  ['time', { seenAt: 0 }],
  ['id', { id: accessId('f'.repeat(32)) }],
  ['length', { bytes: 1 }],
  ['key', { key: '0'.repeat(16) }],
] as const)('its %s is bound to it', (_, change) => {
  expect(openedReject({ ...sealed(), ...change }, pair.privateKey)).toBeUndefined();
});

test('a byte changed anywhere in it shows', () => {
  const one = sealed();
  for (let at = 0; at < one.box.length; at += 1) {
    // The point's highest bit means nothing (RFC 7748, section 5); the key that follows from it has the point in it.
    const box = Buffer.from(one.box);
    box.writeUInt8(box.readUInt8(at) ^ 0x80, at);
    expect(openedReject({ ...one, box }, pair.privateKey)).toBeUndefined();
  }
});

test('records of one key have each a nonce of its own, and a key lasts for so many', () => {
  const sealer = new RejectSealer(pair.publicKey);
  const boxes = Array.from({ length: 4_097 }, () => sealer.seal({ ...found, raw }).box);
  expect(new Set(boxes.map((box) => box.toString('hex', 0, 44))).size).toBe(4_097);
  const points = boxes.map((box) => box.toString('hex', 0, 32));
  expect(new Set(points.slice(0, 4_096)).size).toBe(1);
  expect(points[4_096]).not.toBe(points[0]);
});

test('it opens as docs/formats.md says, by nothing but Node', () => {
  const { box, ...parts }: SealedReject = sealed();
  const point = box.subarray(0, 32);
  const spki = (key: Buffer) => Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), key]);
  const shared = diffieHellman({
    privateKey: pair.privateKey,
    publicKey: createPublicKey({ key: spki(point), format: 'der', type: 'spki' }),
  });
  const own = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const key = Buffer.from(hkdfSync('sha256', shared, Buffer.concat([point, own]), 'cordon reject', 32));
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(32, 44));
  const { source, position, reason, seenAt, id, bytes } = parts;
  decipher.setAAD(Buffer.from(JSON.stringify([source, position, reason, seenAt, id, parts.key, bytes])));
  decipher.setAuthTag(box.subarray(-16));
  expect(Buffer.concat([decipher.update(box.subarray(44, -16)), decipher.final()])).toEqual(raw);
});
