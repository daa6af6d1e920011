/** A sealed batch as a row of the `batches` table, in ClickHouse's RowBinary: the value goes in verbatim, since it is the evidence. */
import type { SealedBatch } from '../core/types.ts';

/** Which merge brought a batch into the store. */
export interface Claim {
  /** A partition of the bus: what is in it comes in order. */
  readonly lane: string;
  /** Counted from 1 in each lane. */
  readonly number: number;
  /** Whose merge it is: an id that no two landers share. */
  readonly lander: string;
}

/** Of a batch that no lander brought: a restored one. */
const unclaimed: Claim = { lane: '', number: 0, lander: '' };

/** Of the lengths, numbers and short texts beside the value; longer ones are counted in. */
const besideBytes = 512;

/** In the order in which store/insert.ts names the columns; store/migrations/tenant says the types. In pieces, of which one is the value itself. */
export function batchRow({ header, sig, value }: SealedBatch, claim: Claim = unclaimed): Buffer[] {
  const { collector, from, until, root, prev, codec, key } = header;
  const texts = [collector, from, until, root, prev, codec, key, sig, claim.lane, claim.lander];
  const row = new Row(texts.reduce((sum, text) => sum + text.length, besideBytes));
  row.text(collector);
  row.uint64(header.seq);
  row.uint64(header.count);
  for (const text of [from, until, root, prev, codec]) row.text(text);
  row.uint64(header.lengths[0]);
  row.uint64(header.lengths[1]);
  row.text(key);
  row.text(sig);
  row.length(value.length);
  const before = row.written();
  row.text(claim.lane);
  row.uint64(claim.number);
  row.text(claim.lander);
  return [before, value, row.written()];
}

class Row {
  readonly #row: Buffer;
  #begin = 0;
  #at = 0;

  constructor(bytesMax: number) {
    this.#row = Buffer.allocUnsafe(bytesMax);
  }

  uint64(value: number): void {
    this.#at = this.#row.writeBigUInt64LE(BigInt(value), this.#at);
  }

  text(text: string): void {
    this.length(text.length);
    this.#at += this.#row.write(text, this.#at, 'latin1');
  }

  /** What was written since the last time it was asked for. */
  written(): Buffer {
    const part = this.#row.subarray(this.#begin, this.#at);
    this.#begin = this.#at;
    return part;
  }

  /** A String is its length as LEB128 and its bytes. */
  length(length: number): void {
    let left = length;
    for (; left >= 128; left = Math.floor(left / 128)) this.#at = this.#row.writeUInt8((left % 128) + 128, this.#at);
    this.#at = this.#row.writeUInt8(left, this.#at);
  }
}
