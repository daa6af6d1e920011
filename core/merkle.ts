/**
 * The Merkle tree over a batch's access lines, as RFC 6962 section 2.1 with a salt in each leaf:
 * leaf = SHA-256(0x00 ‖ salt ‖ line), node = SHA-256(0x01 ‖ left ‖ right). The salt lets a redacted line be proven to
 * have been there without being guessable. Hashes are 32-character `latin1` strings inside, hex at the borders:
 * the one-shot `crypto.hash` with a string result costs a third of one that makes a Buffer.
 */
import { hash, hkdfSync } from 'node:crypto';

export const saltBytes = 16;
const hashBytes = 32;
/** HKDF gives at most 255 blocks of the hash's size at once (RFC 5869 section 2.3). */
const saltsPerBlock = (255 * hashBytes) / saltBytes;

/** A hash as 32 latin1 characters. */
export type Hash = string;

/**
 * The salts of a batch's lines, 16 bytes each, end to end: HKDF-Expand (HMAC-SHA-256, RFC 5869) of the batch salt.
 * One call makes 510 salts; knowing some of them tells nothing of the others.
 */
export function saltsOf(batchSalt: Buffer, count: number): Buffer {
  const salts = Buffer.allocUnsafe(count * saltBytes);
  for (let block = 0; block * saltsPerBlock < count; block += 1) {
    const here = Math.min(saltsPerBlock, count - block * saltsPerBlock);
    const bytes = hkdfSync('sha256', batchSalt, '', `cordon line salts ${block}`, here * saltBytes);
    salts.set(new Uint8Array(bytes), block * saltsPerBlock * saltBytes);
  }
  return salts;
}

/** `salted` is 0x00 ‖ salt ‖ line, laid out by the caller so that a batch needs one buffer. */
export const leafOf = (salted: Buffer): Hash => hash('sha256', salted, 'binary');

export function leafHash(salt: Buffer, line: Buffer): Hash {
  return leafOf(Buffer.concat([Buffer.of(0), salt, line]));
}

const pair = Buffer.alloc(1 + 2 * hashBytes, 1);

export function nodeHash(left: Hash, right: Hash): Hash {
  // By hand: two calls of `write` take longer than the hash itself.
  for (let byte = 0; byte < hashBytes; byte += 1) {
    pair[1 + byte] = left.charCodeAt(byte);
    pair[1 + hashBytes + byte] = right.charCodeAt(byte);
  }
  return hash('sha256', pair, 'binary');
}

/** The root over the leaves; of none, the hash of nothing (RFC 6962: MTH({}) = SHA-256()). */
export function rootOf(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return hash('sha256', '', 'binary');
  let level = leaves.slice();
  while (level.length > 1) {
    const above: Hash[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(level[i] as Hash, level[i + 1] as Hash));
    // An odd last node rises unchanged, which is RFC 6962's split at the largest power of two.
    if (level.length % 2 === 1) above.push(level[level.length - 1] as Hash);
    level = above;
  }
  return level[0] as Hash;
}

/** The hashes that lead from leaf `index` up to the root, lowest first (RFC 6962 section 2.1.1). */
export function proofOf(leaves: readonly Hash[], index: number): Hash[] {
  const proof: Hash[] = [];
  let level = leaves.slice();
  let at = index;
  while (level.length > 1) {
    const sibling = at % 2 === 0 ? at + 1 : at - 1;
    if (sibling < level.length) proof.push(level[sibling] as Hash);
    const above: Hash[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1];
      above.push(right === undefined ? (level[i] as Hash) : nodeHash(level[i] as Hash, right));
    }
    level = above;
    at = at >> 1;
  }
  return proof;
}

/** The root that a leaf, its place and its proof lead to; compare it with the one that was signed. */
export function rootFromProof(leaf: Hash, index: number, count: number, proof: readonly Hash[]): Hash {
  let hashed = leaf;
  let at = index;
  let width = count;
  let used = 0;
  while (width > 1) {
    const sibling = at % 2 === 0 ? at + 1 : at - 1;
    if (sibling < width) {
      const other = proof[used] ?? '';
      used += 1;
      // `pair` still holds the hashes of before, which must not stand in for what is missing here.
      if (other.length !== hashBytes) return '';
      hashed = at % 2 === 0 ? nodeHash(hashed, other) : nodeHash(other, hashed);
    }
    at = at >> 1;
    width = (width + 1) >> 1;
  }
  return used === proof.length ? hashed : '';
}

export const toHex = (hashed: Hash): string => Buffer.from(hashed, 'latin1').toString('hex');
export const fromHex = (hex: string): Hash => Buffer.from(hex, 'hex').toString('latin1');
