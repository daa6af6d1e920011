/** Envelopes as an attacker meets them: with the batch in hand, with the edge's folder, with another client's key. */
import { createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, hash, hkdfSync } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { accessLines, checkRoot, headerBlock, rawRecords } from '../../core/batch.ts';
import { createOpener, type Opener } from '../../core/envelope.ts';
import { createLog } from '../../core/log.ts';
import { type BatchHeader, type SealedBatch, type TenantId, tenantId } from '../../core/types.ts';
import { check, newStream } from '../../ingest/check.ts';
import { FileKeys } from '../../ingest/keys/file-keys.ts';
import { copyPublicHalves } from '../../ingest/keys/public-halves.ts';
import { SealingKeys } from '../../ingest/keys/sealing-keys.ts';
import { destroyKeys } from '../../store/tenant-keys.ts';
import { type Folder, folder } from '../helpers/folder.ts';
import { plainOpener } from '../helpers/plain.ts';
import { Stream } from '../helpers/stream.ts';

const acme = tenantId('acme');
const globex = tenantId('globex');
const signal = AbortSignal.timeout(400_000);

/** A vault with two clients' keys, an edge that has their public halves, and batches that this edge sealed. */
async function firm(dir: Folder) {
  const vault = new FileKeys(dir.file('vault'));
  vault.make([acme, globex]);
  const edge = new FileKeys(dir.file('edge'));
  copyPublicHalves(vault.folder, edge.folder, [acme, globex]);
  const seals = new SealingKeys({ provider: edge, log: createLog('silent') });
  await seals.ready([acme, globex], signal);
  const stream = new Stream('fs1');
  const seal = (given = stream, tenant: TenantId = acme): SealedBatch => given.next(3, seals.of(tenant));
  return { edge, vault, seals, stream, seal, batches: [seal(), seal()] as const };
}

const codeOf = (opener: Opener, batch: SealedBatch) =>
  opener.open(batch, signal).then(
    () => 'opened',
    (error: unknown) => (error as { code?: string }).code,
  );

test('what an edge sealed opens at the vault, as it was; its value shows nothing of it', async () => {
  using dir = folder();
  const { vault, stream, batches } = await firm(dir);
  const opened = await createOpener([vault]).open(batches[0], signal);
  checkRoot(opened);
  expect(accessLines(opened).toString()).toContain('"tenant":"acme"');
  expect(rawRecords(opened).flat().map(String)).toHaveLength(3);
  expect(check(batches[0], newStream, [stream.publicKey]).is).toBe('next');
  const { header, value } = batches[0];
  expect(header.key).toMatch(/^x25519:[0-9a-f]{16}:[A-Za-z0-9_-]{107}$/);
  expect(value).toHaveLength(opened.content.length + 28);
  expect(value.includes(opened.content.subarray(0, 16))).toBe(false);
});

test('the edge’s folder on another machine opens nothing of what that edge sealed', async () => {
  using dir = folder();
  const { batches } = await firm(dir);
  cpSync(dir.file('edge'), dir.file('thief'), { recursive: true });
  const stolen = createOpener([new FileKeys(dir.file('thief'))]);
  await expect(stolen.open(batches[0], signal)).rejects.toMatchObject({
    code: 'KEY_MISSING',
    message: expect.stringMatching(
      /^client acme: the key [0-9a-f]{16} is not in .*: it was destroyed, or was never here/,
    ),
  });
});

test('another client’s key opens nothing, under its own name or the other’s', async () => {
  using dir = folder();
  const { batches, vault } = await firm(dir);
  const only = dir.file('only');
  cpSync(dir.file('vault/keys/seal/globex'), `${only}/keys/seal/globex`, { recursive: true });
  expect(await codeOf(createOpener([new FileKeys(only)]), batches[0])).toBe('KEY_MISSING');
  cpSync(dir.file('vault/keys/seal/globex'), `${only}/keys/seal/acme`, { recursive: true });
  expect(await codeOf(createOpener([new FileKeys(only)]), batches[0])).toBe('KEY_MISSING');
  // All keys are there, and the batch says that it is the other client's.
  const header: BatchHeader = { ...batches[0].header, tenant: globex };
  expect(await codeOf(createOpener([vault]), { ...batches[0], header })).toBe('KEY_MISSING');
});

test('a destroyed key makes what it sealed unreadable, and the other clients’ stays', async () => {
  using dir = folder();
  const { seal, batches } = await firm(dir);
  const other = seal(new Stream('fs2', 'globex'), globex);
  expect(destroyKeys(dir.file('vault'), acme)).toBe(2);
  const opener = createOpener([new FileKeys(dir.file('vault'))]);
  await expect(opener.open(batches[0], signal)).rejects.toThrow(/what it sealed cannot be read$/);
  expect(await codeOf(opener, other)).toBe('opened');
});

describe('refused and named is', () => {
  test('a flipped bit anywhere in the value', async () => {
    using dir = folder();
    const { vault, batches } = await firm(dir);
    const opener = createOpener([vault]);
    const { length } = batches[0].value;
    for (const at of [0, 11, 12, 44, Math.floor(length / 2), length - 17, length - 16, length - 1]) {
      const value = Buffer.from(batches[0].value);
      value[at] = (value[at] ?? 0) ^ 1;
      await expect(opener.open({ ...batches[0], value }, signal)).rejects.toMatchObject({
        code: 'EVIDENCE_BROKEN',
        message: expect.stringContaining('batch fs1/acme/0 is damaged'),
      });
    }
  });

  test('a flipped bit anywhere in the header, even for who could sign it anew', async () => {
    using dir = folder();
    const { vault, batches } = await firm(dir);
    const opener = createOpener([vault]);
    const { header } = batches[0];
    const changes: Partial<BatchHeader> = {
      collector: 'fs2',
      seq: 1,
      count: 4,
      from: header.until.replace('Z', '0Z'),
      until: '2027-01-01T00:00:00.000Z',
      root: '0'.repeat(64),
      prev: '1'.repeat(64),
      lengths: [header.lengths[0] + 1, header.lengths[1] - 1],
    };
    for (const [name, value] of Object.entries(changes))
      expect([name, await codeOf(opener, { ...batches[0], header: { ...header, [name]: value } })]).toEqual([
        name,
        'EVIDENCE_BROKEN',
      ]);
  });

  test('a value that is another batch’s, under the same data key', async () => {
    using dir = folder();
    const { vault, batches } = await firm(dir);
    const swapped = { ...batches[0], value: batches[1].value };
    expect(await codeOf(createOpener([vault]), swapped)).toBe('EVIDENCE_BROKEN');
  });

  test('a wrapped key that was changed, cut, or written in another way', async () => {
    using dir = folder();
    const { vault, batches } = await firm(dir);
    const [, id = '', wrapped = ''] = batches[0].header.key.split(':');
    const flipped = wrapped.slice(0, 60) + (wrapped[60] === 'A' ? 'B' : 'A') + wrapped.slice(61);
    for (const text of [flipped, wrapped.slice(0, -1), `${wrapped}=`, `${wrapped}:`, '', 'A'.repeat(107)]) {
      const header = { ...batches[0].header, key: `x25519:${id}:${text}` };
      expect([text, await codeOf(createOpener([vault]), { ...batches[0], header })]).toEqual([text, 'EVIDENCE_BROKEN']);
    }
  });

  test('a key of a kind that nothing here unwraps, and an encrypted batch that says it is not', async () => {
    using dir = folder();
    const { vault, batches } = await firm(dir);
    const as = (key: string) => ({ ...batches[0], header: { ...batches[0].header, key } });
    expect(await codeOf(createOpener([vault]), as('aws-kms:AQID'))).toBe('KEY_MISSING');
    expect(await codeOf(createOpener([vault]), as('none'))).toBe('EVIDENCE_BROKEN');
    expect(await codeOf(plainOpener, batches[0])).toBe('KEY_MISSING');
  });
});

test('an old batch that was never encrypted opens without any key', async () => {
  const batch = new Stream('fs1').next(2);
  expect(batch.header.key).toBe('none');
  checkRoot(await plainOpener.open(batch, signal));
});

test('no nonce comes twice under a data key, and each start begins with another key', async () => {
  using dir = folder();
  const { seal, edge } = await firm(dir);
  const nonces = Array.from({ length: 500 }, () => seal().value.toString('hex', 0, 12));
  expect(new Set(nonces).size).toBe(500);
  const again = new SealingKeys({ provider: edge, log: createLog('silent') });
  await again.ready([acme], signal);
  expect(again.of(acme).name).not.toBe(seal().header.key);
});

test('docs/formats.md is enough to open a batch: no code of ours, the private half alone', async () => {
  using dir = folder();
  const { vault, batches } = await firm(dir);
  const { header, value } = batches[0];
  const own = createPrivateKey(readFileSync(dir.file('vault/keys/seal/acme/1.pem')));
  const raw = (key: ReturnType<typeof createPublicKey>) => key.export({ type: 'spki', format: 'der' }).subarray(-32);
  const [scheme, id, text = ''] = header.key.split(':');
  expect([scheme, id]).toEqual(['x25519', hash('sha256', raw(createPublicKey(own)), 'hex').slice(0, 16)]);
  const wrapped = Buffer.from(text, 'base64url');
  const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), wrapped.subarray(0, 32)]);
  const shared = diffieHellman({
    privateKey: own,
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  });
  const salt = Buffer.concat([wrapped.subarray(0, 32), raw(createPublicKey(own))]);
  const wrapping = Buffer.from(hkdfSync('sha256', shared, salt, 'cordon data key acme', 32));
  const unwrap = createDecipheriv('aes-256-gcm', wrapping, Buffer.alloc(12)).setAuthTag(wrapped.subarray(64));
  const dataKey = Buffer.concat([unwrap.update(wrapped.subarray(32, 64)), unwrap.final()]);
  const open = createDecipheriv('aes-256-gcm', dataKey, value.subarray(0, 12));
  open.setAAD(Buffer.from(headerBlock(header))).setAuthTag(value.subarray(-16));
  const content = Buffer.concat([open.update(value.subarray(12, -16)), open.final()]);
  expect(content).toEqual((await createOpener([vault]).open(batches[0], signal)).content);
});
