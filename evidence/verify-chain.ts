/** The chain of one stream's header blocks, without their values: what a bundle shows and what every landing checks. */
import type { KeyObject } from 'node:crypto';
import { firstPrev, headerBlock, headerHash, readWireHeaders, signatureHolds } from '../core/batch.ts';
import { Fault } from '../core/errors.ts';
import type { BatchHeader, SealedBatch } from '../core/types.ts';

export type SignedHeader = Omit<SealedBatch, 'value'>;

/** A header block read back. Throws EVIDENCE_BROKEN unless it is written exactly as such blocks are. */
export function readBlock(block: string, sig: string): SignedHeader {
  const fields: Record<string, string> = { sig };
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
  }
  const read = readWireHeaders(fields);
  if (headerBlock(read.header) !== block) {
    throw new Fault('EVIDENCE_BROKEN', 'a header block is not written as header blocks are');
  }
  return read;
}

/** Which of a collector's keys signed it; it may have had several. `undefined`: none of them. */
export const signerOf = ({ header, sig }: SignedHeader, keys: readonly KeyObject[]): KeyObject | undefined =>
  // The newest first: it signed most of what is asked about.
  keys.findLast((key) => signatureIs(header, sig, key));

/**
 * Why this batch does not follow the one before it, in words; `undefined` when it does. Without a `previous` the run
 * begins here, and what came before is only named by `prev`. `signer`: as `signerOf` has it.
 */
export function linkFault(
  previous: BatchHeader | undefined,
  { header }: SignedHeader,
  signer: KeyObject | undefined,
): string | undefined {
  const { seq } = header;
  if (previous) {
    if (header.collector !== previous.collector || header.tenant !== previous.tenant) {
      return `batch ${seq} belongs to another stream`;
    }
    const due = previous.seq + 1;
    if (seq > due) return `batch ${due}${seq > due + 1 ? ` to ${seq - 1}` : ''} is missing before batch ${seq}`;
    if (seq < due) return `batch ${seq} comes after batch ${previous.seq}: out of order or repeated`;
  }
  if (!signer) return `batch ${seq} is not signed by the collector's key`;
  const due = previous ? headerHash(previous) : seq === 0 ? firstPrev : header.prev;
  if (header.prev !== due) return `batch ${seq} does not follow the batch before it: \`prev\` is not its hash`;
  return undefined;
}

function signatureIs(header: BatchHeader, sig: string, key: KeyObject): boolean {
  try {
    return signatureHolds(header, sig, key);
  } catch {
    // A key of another kind than Ed25519.
    return false;
  }
}
