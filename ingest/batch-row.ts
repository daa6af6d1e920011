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

/** In the order in which store/insert.ts names the columns; store/migrations/tenant says the types. */
export function batchRow({ header, sig, value }: SealedBatch, claim: Claim = unclaimed): Buffer {
  return Buffer.concat([
    text(header.collector),
    uint64(header.seq),
    uint64(header.count),
    text(header.from),
    text(header.until),
    text(header.root),
    text(header.prev),
    text(header.codec),
    uint64(header.lengths[0]),
    uint64(header.lengths[1]),
    text(header.key),
    text(sig),
    string(value),
    text(claim.lane),
    uint64(claim.number),
    text(claim.lander),
  ]);
}

const text = (value: string): Buffer => string(Buffer.from(value, 'latin1'));

function uint64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** A String is its length as LEB128 and its bytes. */
function string(bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let left = bytes.length; ; left = Math.floor(left / 128)) {
    length.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) break;
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
