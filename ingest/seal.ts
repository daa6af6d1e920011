/**
 * Cuts the accesses of one tenant into sealed batches. Everything that is done per access beyond its own line is done
 * here once per batch: two compressions, one salt derivation, one tree, one signature.
 */
import { type KeyObject, randomBytes } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import { batchSaltBytes, headerHash, leavesOf, sectionBytesMax, signHeader } from '../core/batch.ts';
import { rootOf, toHex } from '../core/merkle.ts';
import type { Access, BatchHeader, SealedBatch, TenantId } from '../core/types.ts';
import type { Unsealed } from './attribute.ts';

/** Where a stream stands: the next number, and the hash of the header block before it. */
export interface StreamHead {
  readonly seq: number;
  readonly prev: string;
}

/** Brotli at 1 was the cheapest of those Node has, and the smallest (docs/decisions/0003). */
const quality = 1;

export class Sealer {
  readonly #collector: string;
  readonly #tenant: TenantId;
  readonly #key: KeyObject;
  readonly #sealed: SealedBatch[] = [];
  #seq: number;
  #prev: string;
  #lines: string[] = [];
  #records: Buffer[] = [];
  #lineBytes = 0;
  #recordBytes = 0;
  #from = '';
  #until = '';

  constructor(collector: string, tenant: TenantId, key: KeyObject, head: StreamHead) {
    this.#collector = collector;
    this.#tenant = tenant;
    this.#key = key;
    this.#seq = head.seq;
    this.#prev = head.prev;
  }

  /** Throws nothing; cuts a batch by itself when one is full. */
  add(access: Unsealed, raws: readonly Buffer[]): void {
    const place = { collector: this.#collector, seq: this.#seq, index: this.#lines.length };
    const line = `${JSON.stringify({ ...access, ...place } satisfies Access)}\n`;
    if (this.#lines.length === 0 || access.at < this.#from) this.#from = access.at;
    if (this.#lines.length === 0 || access.at > this.#until) this.#until = access.at;
    this.#lines.push(line);
    this.#lineBytes += line.length;
    this.#records.push(bigEndian(raws.length));
    this.#recordBytes += 4;
    for (const raw of raws) {
      this.#records.push(bigEndian(raw.length), raw);
      this.#recordBytes += 4 + raw.length;
    }
    if (this.#lineBytes >= sectionBytesMax || this.#recordBytes >= sectionBytesMax) this.#cut();
  }

  /** Cuts what is left and hands over all batches, in order, and where the stream stands after them. */
  finish(): { readonly batches: readonly SealedBatch[]; readonly head: StreamHead } {
    if (this.#lines.length > 0) this.#cut();
    return { batches: this.#sealed, head: { seq: this.#seq, prev: this.#prev } };
  }

  #cut(): void {
    const batchSalt = randomBytes(batchSaltBytes);
    const text = Buffer.from(this.#lines.join(''), 'utf8');
    const accesses = compress(text);
    const records = compress(Buffer.concat(this.#records, this.#recordBytes));
    const header: BatchHeader = {
      v: 1,
      collector: this.#collector,
      tenant: this.#tenant,
      seq: this.#seq,
      count: this.#lines.length,
      from: this.#from,
      until: this.#until,
      root: toHex(rootOf(leavesOf(batchSalt, text, this.#lines.length))),
      prev: this.#prev,
      codec: 'br',
      lengths: [accesses.length, records.length],
      key: 'none',
    };
    this.#sealed.push({
      header,
      sig: signHeader(header, this.#key),
      value: Buffer.concat([batchSalt, accesses, records]),
    });
    this.#seq += 1;
    this.#prev = headerHash(header);
    this.#lines = [];
    this.#records = [];
    this.#lineBytes = 0;
    this.#recordBytes = 0;
  }
}

function compress(section: Buffer): Buffer {
  return brotliCompressSync(section, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: section.length },
  });
}

const small = Array.from({ length: 4_096 }, (_, value) => bigEndianOf(value));

/** Most lengths are short, and their four bytes never change. */
const bigEndian = (value: number): Buffer => small[value] ?? bigEndianOf(value);

function bigEndianOf(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
