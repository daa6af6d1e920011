/** Ids as the keys of the spool's tables: the 16 bytes that their 32 digits are. Several of them lie end to end in one buffer. */
import type { AccessId } from '../core/types.ts';

export const keyBytes = 16;
/** The beginning of a key and its place fit exactly into one number: 32 and 20 of its 53 bits. */
const placesMax = 2 ** 20;

/** The value of a lower-case hexadecimal digit, by its character's code. */
const digit = (code: number): number => (code & 15) + (code >> 6) * 9;

/** By hand: `Buffer.write` takes five times as long for so few. */
export function writeKey(id: AccessId, into: Uint8Array, at = 0): void {
  for (let byte = 0; byte < keyBytes; byte += 1)
    into[at + byte] = (digit(id.charCodeAt(2 * byte)) << 4) | digit(id.charCodeAt(2 * byte + 1));
}

/**
 * In the order of their first four bytes: neighbours share pages, and pages are what a commit writes. A buffer for each id and
 * a comparison of buffers for each step of the sort cost four times as much, which was 1 µs a record.
 */
export function keysInOrder(keys: Buffer): Buffer {
  const ordered = Buffer.allocUnsafe(keys.length);
  const most = placesMax * keyBytes;
  for (let begin = 0; begin < keys.length; begin += most)
    order(keys.subarray(begin, begin + most), ordered.subarray(begin, begin + most));
  return ordered;
}

function order(keys: Buffer, ordered: Buffer): void {
  const places = new Float64Array(keys.length / keyBytes);
  for (let place = 0; place < places.length; place += 1)
    places[place] = keys.readUInt32BE(place * keyBytes) * placesMax + place;
  let at = 0;
  for (const value of places.sort()) {
    copyKey(keys, (value % placesMax) * keyBytes, ordered, at);
    at += keyBytes;
  }
}

export function copyKey(from: Uint8Array, at: number, into: Uint8Array, to: number): void {
  for (let byte = 0; byte < keyBytes; byte += 1) into[to + byte] = from[at + byte] ?? 0;
}

const slotsAtFirst = 1_024;

/**
 * Keys, each once, in the order they came: bytes in two buffers. A `Set` of the ids themselves keeps two strings of each alive
 * until the flush, which garbage collections copy about.
 */
export class KeySet {
  #keys = Buffer.allocUnsafe((slotsAtFirst / 2) * keyBytes);
  #size = 0;
  /** Open addressing: a place is the beginning of a key, and holds its number, from 1. Ids are digests, so nothing needs hashing. */
  #slots = new Uint32Array(slotsAtFirst);

  /** False: it is there already. */
  add(id: AccessId): boolean {
    if ((this.#size + 1) * keyBytes > this.#keys.length) this.#grow();
    const end = this.#size * keyBytes;
    writeKey(id, this.#keys, end);
    const slot = this.#slotOf(end);
    if (this.#slots[slot] !== 0) return false;
    this.#size += 1;
    this.#slots[slot] = this.#size;
    return true;
  }

  /** A view; gone with the next addition after `clear`. */
  get keys(): Buffer {
    return this.#keys.subarray(0, this.#size * keyBytes);
  }

  clear(): void {
    this.#size = 0;
    this.#slots.fill(0);
  }

  /** Of the key that begins there: its own, or the free one where it belongs. */
  #slotOf(at: number): number {
    const last = this.#slots.length - 1;
    let slot = this.#keys.readUInt32LE(at) & last;
    for (;;) {
      const number = this.#slots[slot] ?? 0;
      if (number === 0 || this.#isSame((number - 1) * keyBytes, at)) return slot;
      slot = (slot + 1) & last;
    }
  }

  #isSame(one: number, other: number): boolean {
    for (let byte = 0; byte < keyBytes; byte += 1)
      if (this.#keys[one + byte] !== this.#keys[other + byte]) return false;
    return true;
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(this.#keys.length * 2);
    larger.set(this.#keys);
    this.#keys = larger;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let number = 1; number <= this.#size; number += 1) this.#slots[this.#slotOf((number - 1) * keyBytes)] = number;
  }
}
