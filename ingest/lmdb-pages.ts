/**
 * An LMDB file read page by page, by nobody but us: LMDB itself follows whatever a damaged page says, out of the file and
 * out of the process. Here each page must be the one it says it is, and what still hangs together is handed over.
 * The layout is that of `mdb.c` in the package `lmdb` (data version 2: headers of 24 bytes that hold the page's number).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const magic = 0xbeefc0de;
const dataVersion = 2;
const headerBytes = 24;
const treeBytes = 48;
const nodeBytes = 8;
/** Of what stands in place of a value that has pages of its own. */
const placeBytes = 24;
const isBranch = 0x01;
const isLeaf = 0x02;
const isOverflow = 0x04;
const isBig = 0x01;
const isTree = 0x02;
const depthMax = 32;
const damagesMax = 100;
const noRoot = 2n ** 64n - 1n;

/** Gets the entries of a database in the file, by its name, one after the other. */
export type Visit = (key: Buffer, value: Buffer) => void;
/** Entries that are all alike, millions of them: it is only seen that they are. `other`: told of one that is not. */
export interface Alike {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly other: () => void;
}
type Take = (key: Buffer, value: Buffer, flags: number) => void;

interface Tree {
  readonly root: bigint;
  readonly entries: bigint;
}

/**
 * What is not as it should be, in words; none: every page that is in use hangs together. Never throws for what is in the
 * file.
 */
export function readPages(path: string, visits: Readonly<Record<string, Visit | Alike>>): readonly string[] {
  const fd = openSync(path, 'r');
  try {
    return new Reading(fd, fstatSync(fd).size).all(visits);
  } finally {
    closeSync(fd);
  }
}

class Reading {
  readonly #fd: number;
  readonly #size: number;
  readonly #damages: string[] = [];
  #pageBytes = 4_096;
  #used = new Uint8Array(0);

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  all(visits: Readonly<Record<string, Visit | Alike>>): readonly string[] {
    const meta = this.#meta();
    if (!meta) return this.#damages;
    this.#used = new Uint8Array(Math.ceil(this.#size / this.#pageBytes));
    const named: { name: string; tree: Tree }[] = [];
    this.#walk('the list of databases', meta.main, (key, value, flags) => {
      const name = key.toString('latin1').replace(/\0$/, '');
      if ((flags & isTree) !== 0 && value.length >= treeBytes) named.push({ name, tree: treeAt(value, 0) });
    });
    for (const { name, tree } of named) this.#walk(name, tree, visits[name]);
    this.#checkFree(meta.free);
    return this.#damages;
  }

  /** Nothing is found there. */
  #damaged(what: string): 0 {
    if (this.#damages.length < damagesMax) this.#damages.push(what);
    return 0;
  }

  /** The later of the two first pages. LMDB opens no file of which one is broken. */
  #meta(): { readonly free: Tree; readonly main: Tree } | undefined {
    const size = this.#bytes(headerBytes + 24, 4)?.readUInt32LE(0) ?? 0;
    // 512 to 65,536 bytes, a power of two: else this page is broken, and the usual size is tried.
    if (size >= 512 && size <= 65_536 && (size & (size - 1)) === 0) this.#pageBytes = size;
    let latest: { txn: bigint; free: Tree; main: Tree } | undefined;
    for (const number of [0, 1]) {
      const page = this.#bytes(number * this.#pageBytes, headerBytes + 24 + 2 * treeBytes + 16);
      const at = headerBytes;
      if (!page || page.readUInt32LE(at) !== magic || page.readUInt32LE(at + 4) !== dataVersion) {
        this.#damaged(`page ${number} does not say that this is LMDB's file`);
        continue;
      }
      const txn = page.readBigUInt64LE(at + 24 + 2 * treeBytes + 8);
      const free = treeAt(page, at + 24);
      const main = treeAt(page, at + 24 + treeBytes);
      if (!latest || txn > latest.txn) latest = { txn, free, main };
    }
    return latest;
  }

  #bytes(at: number, length: number): Buffer | undefined {
    if (at + length > this.#size) return undefined;
    const buffer = Buffer.allocUnsafe(length);
    return readSync(this.#fd, buffer, 0, length, at) === length ? buffer : undefined;
  }

  #walk(name: string, tree: Tree, take: Take | Alike | undefined): void {
    if (tree.root === noRoot) return;
    const before = this.#damages.length;
    const found = this.#page(tree.root, 0, take);
    if (this.#damages.length === before && BigInt(found) !== tree.entries)
      this.#damaged(`${name} has ${found} entries of ${tree.entries}`);
  }

  /** How many entries are below it. */
  #page(number: bigint, depth: number, take: Take | Alike | undefined): number {
    const page = this.#pageAt(number, isBranch | isLeaf);
    if (!page) return 0;
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    const isTorn = lower > upper || upper + headerBytes > this.#pageBytes || depth > depthMax;
    if (isTorn) return this.#damaged(`page ${number} is torn`);
    const leaf = (page.readUInt16LE(18) & isLeaf) !== 0;
    if (leaf && typeof take === 'object') return this.#alike(page, lower, take);
    let found = 0;
    for (let index = 0; index < lower >> 1; index += 1) {
      const at = headerBytes + page.readUInt16LE(headerBytes + 2 * index);
      if (at < headerBytes + lower || at + nodeBytes > this.#pageBytes) this.#damaged(`page ${number} is torn`);
      else if (leaf) found += this.#entry(page, at, typeof take === 'object' ? undefined : take);
      else {
        const child = BigInt(page.readUInt32LE(at)) + (BigInt(page.readUInt16LE(at + 4)) << 32n);
        found += this.#page(child, depth + 1, take);
      }
    }
    return found;
  }

  /** What `#entry` does of each, without a view of what is in it: of the seconds that a start takes, it is nearly all. */
  #alike(page: Buffer, lower: number, { keyBytes, valueBytes, other }: Alike): number {
    const uint16 = (at: number): number => (page[at] ?? 0) | ((page[at + 1] ?? 0) << 8);
    const ends = this.#pageBytes - nodeBytes - keyBytes - valueBytes;
    let found = 0;
    for (let place = headerBytes; place < headerBytes + lower - 1; place += 2) {
      const at = headerBytes + uint16(place);
      if (at < headerBytes + lower || at + nodeBytes > this.#pageBytes)
        this.#damaged(`page ${this.#name(page)} is torn`);
      else if (
        at <= ends &&
        uint16(at) === valueBytes &&
        uint16(at + 2) + uint16(at + 4) === 0 &&
        uint16(at + 6) === keyBytes
      )
        found += 1;
      else if (this.#entry(page, at, undefined) === 1) {
        found += 1;
        other();
      }
    }
    return found;
  }

  #name(page: Buffer): bigint {
    return page.readBigUInt64LE(0);
  }

  #entry(page: Buffer, at: number, take: Take | undefined): number {
    const length = page.readUInt32LE(at);
    const flags = page.readUInt16LE(at + 4);
    const key = at + nodeBytes;
    const value = key + page.readUInt16LE(at + 6);
    const isElsewhere = (flags & isBig) !== 0;
    const end = value + (isElsewhere ? placeBytes : length);
    if (end > this.#pageBytes) return this.#damaged(`page ${this.#name(page)} is torn`);
    const held = isElsewhere ? this.#overflow(page.readBigUInt64LE(value), length) : page.subarray(value, end);
    if (!held) return 0;
    take?.(page.subarray(key, value), held, flags);
    return 1;
  }

  #overflow(number: bigint, length: number): Buffer | undefined {
    const first = this.#pageAt(number, isOverflow);
    if (!first) return undefined;
    const pages = first.readUInt32LE(20);
    const value = this.#bytes(Number(number) * this.#pageBytes + headerBytes, length);
    if (!value || headerBytes + length > pages * this.#pageBytes) {
      this.#damaged(`page ${number} is not as long as it should be`);
      return undefined;
    }
    for (let more = 1; more < pages; more += 1) this.#use(number + BigInt(more));
    return value;
  }

  /** The page of that number, if it is one, of a kind that may be here, and nobody had it before. */
  #pageAt(number: bigint, kinds: number): Buffer | undefined {
    const page =
      number < 2n || number > this.#used.length
        ? undefined
        : this.#bytes(Number(number) * this.#pageBytes, this.#pageBytes);
    if (!page) {
      this.#damaged(`page ${number} is missing`);
      return undefined;
    }
    if (page.readBigUInt64LE(0) !== number || (page.readUInt16LE(18) & kinds) === 0) {
      this.#damaged(`page ${number} is not what it should be`);
      return undefined;
    }
    return this.#use(number) ? page : undefined;
  }

  #use(number: bigint): boolean {
    if (this.#used[Number(number)] === 0) {
      this.#used[Number(number)] = 1;
      return true;
    }
    this.#damaged(`page ${number} is in two places`);
    return false;
  }

  /** A page that is in use and listed as free would be written over. */
  #checkFree(free: Tree): void {
    const listed = new Set<bigint>();
    this.#walk('the list of free pages', free, (_, value) => {
      for (let at = 8; at + 8 <= value.length; at += 8) listed.add(value.readBigUInt64LE(at));
    });
    for (const number of listed) {
      if (number < this.#used.length && this.#used[Number(number)] === 1)
        this.#damaged(`page ${number} is in use and is called free`);
    }
  }
}

function treeAt(bytes: Buffer, at: number): Tree {
  return { entries: bytes.readBigUInt64LE(at + 32), root: bytes.readBigUInt64LE(at + 40) };
}
