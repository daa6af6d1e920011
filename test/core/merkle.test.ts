import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  fromHex,
  type Hash,
  leafHash,
  nodeHash,
  proofOf,
  rootFromProof,
  rootOf,
  saltsOf,
  toHex,
} from '../../core/merkle.ts';
import { levelsOf, pathOf, topOf } from '../../evidence/tree.ts';

const salt = Buffer.alloc(0);
/**
 * Leaves and roots of the test vectors of certificate-transparency (RFC 6962), whose leaves have no salt.
 * https://github.com/google/certificate-transparency/blob/master/cpp/merkletree/merkle_tree_test.cc
 */
const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const leaves = inputs.map((hex) => leafHash(salt, Buffer.from(hex, 'hex')));

describe('the tree', () => {
  test.each(roots.map((root, i) => [i + 1, root] as const))('over %i leaves is that of RFC 6962', (count, root) => {
    expect(toHex(rootOf(leaves.slice(0, count)))).toBe(root);
  });

  test('over no leaves is the hash of nothing', () => {
    expect(toHex(rootOf([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('a salt changes the leaf, and moving a byte from line to salt too', () => {
    const both = leafHash(Buffer.alloc(16, 1), Buffer.from('line'));
    expect(both).not.toBe(leafHash(Buffer.alloc(16, 2), Buffer.from('line')));
    expect(both).not.toBe(nodeHash(Buffer.alloc(16, 1).toString('latin1'), 'line'));
  });
});

describe('a proof', () => {
  const many = (count: number): Hash[] =>
    Array.from({ length: count }, (_, i) => leafHash(salt, Buffer.from([i, i >> 8])));

  test('leads from every leaf of trees of 1 to 40 to the root, and the quick way gives the same', () => {
    for (let count = 1; count <= 40; count += 1) {
      const all = many(count);
      const levels = levelsOf(all);
      expect(topOf(levels)).toBe(rootOf(all));
      for (let index = 0; index < count; index += 1) {
        const proof = proofOf(all, index);
        expect(pathOf(levels, index)).toEqual(proof);
        expect(rootFromProof(all[index] ?? '', index, count, proof)).toBe(rootOf(all));
      }
    }
  });

  test.each([
    ['another leaf', (p: Hash[]) => rootFromProof(many(13)[4] ?? '', 3, 13, p)],
    ['another place', (p: Hash[]) => rootFromProof(many(13)[3] ?? '', 2, 13, p)],
    ['another count', (p: Hash[]) => rootFromProof(many(13)[3] ?? '', 3, 30, p)],
    ['a hash less', (p: Hash[]) => rootFromProof(many(13)[3] ?? '', 3, 13, p.slice(1))],
    ['a hash more', (p: Hash[]) => rootFromProof(many(13)[3] ?? '', 3, 13, [...p, ...p])],
    ['an empty hash', (p: Hash[]) => rootFromProof(many(13)[3] ?? '', 3, 13, ['', ...p.slice(1)])],
    [
      'a short hash',
      (p: Hash[]) =>
        rootFromProof(
          many(13)[3] ?? '',
          3,
          13,
          p.map((one) => one.slice(0, 31)),
        ),
    ],
    [
      'a long hash',
      (p: Hash[]) =>
        rootFromProof(
          many(13)[3] ?? '',
          3,
          13,
          p.map((one) => `${one}x`),
        ),
    ],
  ])('with %s leads elsewhere', (_, root) => {
    const all = many(13);
    // What was hashed last must not be able to fill in for what a short proof leaves out.
    rootFromProof(all[3] ?? '', 3, 13, proofOf(all, 3));
    expect(root(proofOf(all, 3))).not.toBe(rootOf(all));
  });
});

test('salts are HKDF-SHA-256 (RFC 5869) of the batch salt, in blocks of 510', () => {
  const batchSalt = Buffer.alloc(32, 7);
  const salts = saltsOf(batchSalt, 1_200);
  const key = createHmac('sha256', Buffer.alloc(32)).update(batchSalt).digest();
  const expected: Buffer[] = [];
  for (const block of [0, 1, 2]) {
    let last = Buffer.alloc(0);
    for (let i = 1; i <= 255; i += 1) {
      last = createHmac('sha256', key).update(last).update(`cordon line salts ${block}`).update(Buffer.of(i)).digest();
      expected.push(last);
    }
  }
  expect(salts.equals(Buffer.concat(expected).subarray(0, 1_200 * 16))).toBe(true);
  expect(saltsOf(batchSalt, 3).equals(salts.subarray(0, 48))).toBe(true);
  expect(saltsOf(batchSalt, 0)).toHaveLength(0);
});

test('hex and back', () => {
  expect(toHex(fromHex('00ff10'))).toBe('00ff10');
});
