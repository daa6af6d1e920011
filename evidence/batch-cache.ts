/** Batches opened for proofs. Accesses come in order of time, so those of one batch lie close together. */
import { accessLines, batchSaltOf, leavesOf, rawRecords } from '../core/batch.ts';
import { isFault } from '../core/errors.ts';
import { saltBytes, saltsOf, toHex } from '../core/merkle.ts';
import type { OpenedBatch, SealedBatch } from '../core/types.ts';
import { levelsOf, pathOf, topOf } from './tree.ts';

/** Opened batches kept at once, by the bytes of their sections and trees. One batch is kept whatever its size. */
const cacheBytesMax = 64 * 1024 * 1024;
/** Of one leaf with its share of the tree above, as V8 keeps them. */
const treeBytesPerLeaf = 160;

export interface OpenedAccess {
  /** The access line as it was sealed, without its newline. */
  readonly line: Buffer;
  readonly records: readonly Buffer[];
  /** Hex. */
  readonly salt: string;
  readonly leaf: string;
  readonly proof: readonly string[];
}

/** Decrypts. Throws EVIDENCE_BROKEN and KEY_MISSING for a batch that cannot be shown. */
type Open = (batch: SealedBatch) => Promise<OpenedBatch>;

/** A batch that can be shown, or why it cannot. */
export type ShownBatch =
  | { readonly bytes: number; access(index: number): OpenedAccess | undefined }
  | { readonly bytes: 0; readonly damage: string };

async function opening(sealed: SealedBatch, open: Open): Promise<ShownBatch> {
  const { header } = sealed;
  try {
    const batch = await open(sealed);
    const lines = accessLines(batch);
    const records = rawRecords(batch);
    const leaves = leavesOf(batchSaltOf(batch), lines, header.count);
    const levels = levelsOf(leaves);
    if (leaves.length !== header.count || toHex(topOf(levels)) !== header.root)
      return { bytes: 0, damage: 'its accesses are not those that were signed' };
    const salts = saltsOf(batchSaltOf(batch), header.count);
    const ends = lineEnds(lines, header.count);
    const rawBytes = records.reduce((sum, list) => list.reduce((bytes, { length }) => bytes + length, sum), 0);
    return {
      bytes: lines.length + rawBytes + header.count * treeBytesPerLeaf,
      access(index) {
        const end = ends[index];
        if (end === undefined) return undefined;
        return {
          line: lines.subarray(index === 0 ? 0 : (ends[index - 1] ?? 0) + 1, end),
          records: records[index] ?? [],
          salt: salts.toString('hex', index * saltBytes, (index + 1) * saltBytes),
          leaf: toHex(leaves[index] ?? ''),
          proof: pathOf(levels, index).map(toHex),
        };
      },
    };
  } catch (error) {
    if (!isFault(error, 'EVIDENCE_BROKEN') && !isFault(error, 'KEY_MISSING')) throw error;
    return { bytes: 0, damage: error.message };
  }
}

function lineEnds(lines: Buffer, count: number): number[] {
  const ends: number[] = [];
  for (let at = lines.indexOf(10); at >= 0 && ends.length < count; at = lines.indexOf(10, at + 1)) ends.push(at);
  return ends;
}

/** Least recently used first out. `fetch` gives `undefined` for a batch that is not there. */
export function createBatchCache(
  fetch: (collector: string, seq: number) => Promise<SealedBatch | undefined>,
  open: Open,
) {
  const kept = new Map<string, ShownBatch>();
  let bytes = 0;
  return async function opened(collector: string, seq: number): Promise<ShownBatch> {
    const key = `${seq} ${collector}`;
    let batch = kept.get(key);
    if (batch) {
      kept.delete(key);
    } else {
      const sealed = await fetch(collector, seq);
      batch = sealed ? await opening(sealed, open) : { bytes: 0, damage: 'it is not in the store' };
      bytes += batch.bytes;
    }
    kept.set(key, batch);
    for (const [oldest, { bytes: freed }] of kept) {
      if (bytes <= cacheBytesMax || oldest === key) break;
      kept.delete(oldest);
      bytes -= freed;
    }
    return batch;
  };
}
