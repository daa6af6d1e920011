/** Checks a run of one stream's sealed batches as they lie in the store: signature, numbering, chain, content. */
import type { KeyObject } from 'node:crypto';
import { accessLines, checkRoot, headerHash, rawRecords } from '../core/batch.ts';
import { isFault } from '../core/errors.ts';
import { recordsHash } from '../core/records.ts';
import type { BatchHeader, OpenedBatch, SealedBatch } from '../core/types.ts';
import { linkFault, signerOf } from './verify-chain.ts';
import { objectOf } from './verify-report.ts';

/** What is proven: these batches, with these accesses, in this order, none changed, dropped or put in between. */
export interface ProvenRun {
  readonly collector: string;
  readonly tenant: string;
  readonly first: number;
  readonly last: number;
  readonly accesses: number;
  /** What the first batch names as the hash of the one before it: continuity is proven from here, not before. */
  readonly prev: string;
  /** Hash of the last header block. Written down elsewhere, it fixes the whole stream up to here. */
  readonly head: string;
}

export interface ChainVerdict {
  /** Up to the first bad batch; `undefined` when there is none before it. */
  readonly proven: ProvenRun | undefined;
  /** The first bad batch and why, as a sentence's rest. */
  readonly broken?: { readonly seq: number; readonly what: string };
}

/** A batch's access lines, read. */
export type AccessFields = Readonly<Record<string, unknown>>;

export interface StreamChecks {
  /** The collector's public keys. */
  readonly keys: readonly KeyObject[];
  /** Decrypts. Throws EVIDENCE_BROKEN and KEY_MISSING for a batch that cannot be read. */
  readonly open: (batch: SealedBatch) => Promise<OpenedBatch>;
  /** What else is wrong with a batch that is whole in itself, as a sentence's rest. */
  readonly compare?: (header: BatchHeader, accesses: readonly AccessFields[]) => string | undefined;
}

/** Batches of one stream in order of their numbers; the run may begin at any number. Holds one batch at a time. */
export async function verifyStream(
  batches: AsyncIterable<SealedBatch> | Iterable<SealedBatch>,
  checks: StreamChecks,
): Promise<ChainVerdict> {
  let previous: BatchHeader | undefined;
  let proven: ProvenRun | undefined;
  for await (const batch of batches) {
    const { header } = batch;
    const what = linkFault(previous, batch, signerOf(batch, checks.keys)) ?? (await contentFault(batch, checks));
    if (what !== undefined) return { proven, broken: { seq: header.seq, what } };
    proven = {
      collector: header.collector,
      tenant: header.tenant,
      first: proven?.first ?? header.seq,
      last: header.seq,
      accesses: (proven?.accesses ?? 0) + header.count,
      prev: proven?.prev ?? header.prev,
      head: headerHash(header),
    };
    previous = header;
  }
  return { proven };
}

/** The signature covers the records through their lines: each line holds the hash of its own. */
async function contentFault(sealed: SealedBatch, { open, compare }: StreamChecks): Promise<string | undefined> {
  const accesses: AccessFields[] = [];
  try {
    const batch = await open(sealed);
    const lines = accessLines(batch);
    checkRoot(batch, lines);
    const records = rawRecords(batch);
    let begin = 0;
    for (const [index, list] of records.entries()) {
      const end = lines.indexOf(10, begin);
      const access = objectOf(lines.subarray(begin, end));
      if (access?.['records_sha256'] !== recordsHash(list)) return `the records of access ${index} are not its own`;
      accesses.push(access);
      begin = end + 1;
    }
  } catch (error) {
    if (!isFault(error, 'EVIDENCE_BROKEN') && !isFault(error, 'KEY_MISSING')) throw error;
    return error.message;
  }
  return compare?.(sealed.header, accesses);
}
