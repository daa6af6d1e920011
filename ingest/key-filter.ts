/**
 * Whether a key may be among many: a Bloom filter, since a look-up in the spool's tree costs more than reading the record, and
 * nearly every record is new. It forgets nothing, and of the keys it does not hold it takes four in a thousand for held.
 */

const bitsPerKey = 16;
/** All bits of a key lie in one block, of the size of a processor's cache line. */
const blockBits = 512;
const blockWords = blockBits / 32;
/** 256 KiB. Each part is a look at memory of its own, so there are to be few. */
const keysAtFirst = 2 ** 17;
const growth = 4;
/** 64 MiB. What comes on top makes the largest part answer wrongly more often, and no more than that. */
const keysOfPartMax = 2 ** 25;

interface Part {
  readonly words: Uint32Array;
  readonly keysMax: number;
  keys: number;
}

/** Keys are digests, of 12 bytes and more: their own bits choose the places. */
export class KeyFilter {
  /** Each but the last is full. */
  readonly #parts: Part[] = [];

  add(bytes: Uint8Array, at = 0): void {
    const part = this.#open();
    part.keys += 1;
    const begin = blockOf(part, bytes, at);
    for (let probe = 0; probe < probes; probe += 1) {
      const bit = bitOf(bytes, at, probe);
      const word = begin + (bit >> 5);
      part.words[word] = (part.words[word] ?? 0) | (1 << (bit & 31));
    }
  }

  /** False: it was never added. */
  mayHold(bytes: Uint8Array, at = 0): boolean {
    for (const part of this.#parts) if (isIn(part, bytes, at)) return true;
    return false;
  }

  #open(): Part {
    const last = this.#parts.at(-1);
    if (last && (last.keys < last.keysMax || last.keysMax === keysOfPartMax)) return last;
    const keysMax = last ? last.keysMax * growth : keysAtFirst;
    const part = { words: new Uint32Array((keysMax * bitsPerKey) / 32), keysMax, keys: 0 };
    this.#parts.push(part);
    return part;
  }
}

const probes = 4;

function isIn(part: Part, bytes: Uint8Array, at: number): boolean {
  const begin = blockOf(part, bytes, at);
  for (let probe = 0; probe < probes; probe += 1) {
    const bit = bitOf(bytes, at, probe);
    if ((((part.words[begin + (bit >> 5)] ?? 0) >>> (bit & 31)) & 1) === 0) return false;
  }
  return true;
}

function blockOf({ words }: Part, bytes: Uint8Array, at: number): number {
  const chosen = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (chosen & (words.length / blockWords - 1)) * blockWords;
}

/** Two bytes for each: nine bits of them are used. */
const bitOf = (bytes: Uint8Array, at: number, probe: number): number =>
  (((bytes[at + 4 + 2 * probe] ?? 0) << 8) | (bytes[at + 5 + 2 * probe] ?? 0)) & (blockBits - 1);
