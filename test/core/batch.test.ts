import { createPublicKey } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { headerBlock, headerHash, leavesOf, readWireHeaders, signatureHolds, wireHeaders } from '../../core/batch.ts';
import { rootOf, toHex } from '../../core/merkle.ts';
import type { BatchHeader, SealedBatch } from '../../core/types.ts';
import { accessLines, batchSaltOf, checkRoot, rawRecords } from '../helpers/plain.ts';
import { fixedKey, items, seal } from '../helpers/sealed.ts';

const key = fixedKey('fs1');
const all = items('fs1', 12);
const [first, second] = seal('fs1', all, 6, key) as [SealedBatch, SealedBatch];

test('the header block is twelve lines in a fixed order', () => {
  expect(headerBlock(first.header)).toBe(
    [
      'v: 1',
      'collector: fs1',
      'tenant: acme',
      'seq: 0',
      'count: 6',
      'from: 2026-03-04T08:00:00.000Z',
      'until: 2026-03-04T08:05:00.000Z',
      `root: ${first.header.root}`,
      `prev: ${'0'.repeat(64)}`,
      'codec: br',
      `lengths: ${first.header.lengths.join(',')}`,
      'key: none',
      '',
    ].join('\n'),
  );
  expect(second.header.prev).toBe(headerHash(first.header));
});

test('the signature holds for the header and for no other', () => {
  const pub = createPublicKey(key);
  expect(signatureHolds(first.header, first.sig, pub)).toBe(true);
  for (const change of [{ seq: 1 }, { count: 5 }, { key: 'k1' }, { prev: '1'.repeat(64) }]) {
    expect(signatureHolds({ ...first.header, ...change }, first.sig, pub)).toBe(false);
  }
});

test.each(['\n', ' ', '=', '!'])('a signature with %j behind it, which base64 passes over, does not hold', (more) => {
  expect(signatureHolds(first.header, `${first.sig}${more}`, createPublicKey(key))).toBe(false);
});

describe('on the wire', () => {
  test('headers come back as they went', () => {
    expect(readWireHeaders(wireHeaders(second))).toEqual({ header: second.header, sig: second.sig });
  });

  test.each(['v', 'collector', 'tenant', 'seq', 'count', 'root', 'prev', 'codec', 'lengths', 'key', 'sig'])(
    'without `%s` they are no batch',
    (name) => {
      const { [name]: _, ...rest } = wireHeaders(first);
      expect(() => readWireHeaders(rest)).toThrow(expect.objectContaining({ code: 'EVIDENCE_BROKEN' }));
    },
  );

  test.each([
    ['v', '2'],
    ['codec', 'gzip'],
    ['seq', '-1'],
    ['seq', '1e3'],
    ['count', ''],
    ['lengths', '1'],
    ['lengths', '1,2,3'],
    ['from', 'yesterday'],
    ['until', ''],
    ['collector', 'fs1\u001b[2J'],
    ['collector', 'fs1\ntenant: globex'],
    ['collector', 'x'.repeat(3_000)],
    ['sig', 'a\ttab'],
  ])('`%s: %s` is refused', (name, value) => {
    expect(() => readWireHeaders({ ...wireHeaders(first), [name]: value })).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_BROKEN' }),
    );
  });
});

describe('the value', () => {
  const damaged = (change: Partial<BatchHeader>, lines?: Buffer, records?: Buffer): SealedBatch => {
    const access = brotliCompressSync(lines ?? accessLines(first));
    const raw = records ? brotliCompressSync(records) : first.value.subarray(32 + first.header.lengths[0]);
    const header = { ...first.header, lengths: [access.length, raw.length] as const, ...change };
    return { header, sig: first.sig, value: Buffer.concat([batchSaltOf(first), access, raw]) };
  };
  const broken = expect.objectContaining({ code: 'EVIDENCE_BROKEN', message: expect.stringContaining('fs1/acme/0') });

  test('gives lines and records back, byte for byte', () => {
    const ids = accessLines(first)
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids).toEqual(all.slice(0, 6).map(({ access }) => access.id));
    expect(rawRecords(first)).toEqual(all.slice(0, 6).map(({ records }) => records));
    expect(() => checkRoot(first)).not.toThrow();
  });

  test('a line changed, added or taken away is not what was signed', () => {
    const lines = accessLines(first);
    const changed = Buffer.from(lines);
    changed[10] = 0x41;
    expect(() => checkRoot(damaged({}, changed))).toThrow(broken);
    expect(() => checkRoot(damaged({}, Buffer.concat([lines, Buffer.from('{}\n')])))).toThrow(broken);
    expect(() => checkRoot(damaged({}, lines.subarray(0, lines.lastIndexOf(10, -2) + 1)))).toThrow(broken);
  });

  test('text after the last line, which no leaf would cover, is refused', () => {
    expect(() => checkRoot(damaged({}, Buffer.concat([accessLines(first), Buffer.from('{"id":"x"}')])))).toThrow(
      broken,
    );
  });

  test('a count that would take all memory is refused without taking any', () => {
    expect(() => checkRoot(damaged({ count: 999_999_999_999_999 }))).toThrow(broken);
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['cut short', Buffer.from('00000001000000ff00', 'hex')],
    ['a count without end', Buffer.alloc(24, 0xff)],
    ['too long', Buffer.alloc(25)],
  ])('raw records that are %s are refused', (_, records) => {
    expect(() => rawRecords(damaged({}, undefined, records))).toThrow(broken);
  });

  test('what does not unpack, or unpacks to more than a section may hold, is refused', () => {
    const value = Buffer.from(first.value);
    value.fill(0xff, 40, 60);
    expect(() => accessLines({ ...first, value })).toThrow(broken);
    expect(() => accessLines(damaged({}, Buffer.alloc(33 * 1024 * 1024)))).toThrow(broken);
    expect(() => rawRecords(damaged({}, undefined, Buffer.alloc(17 * 1024 * 1024)))).toThrow(/does not unpack/);
  });

  test('leaves are one for each line, with the salt of its place', () => {
    const lines = accessLines(first);
    const leaves = leavesOf(batchSaltOf(first), lines, 6);
    expect(leaves).toHaveLength(6);
    expect(toHex(rootOf(leaves))).toBe(first.header.root);
    expect(leavesOf(batchSaltOf(second), lines, 6)[0]).not.toBe(leaves[0]);
  });
});
