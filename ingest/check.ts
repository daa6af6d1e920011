/** Which batches the lander lets in, as a pure decision: by signature, number and chain. */
import type { KeyObject } from 'node:crypto';
import { headerHash, signatureHolds } from '../core/batch.ts';
import type { SealedBatch } from '../core/types.ts';
import type { StreamHead } from './seal.ts';

export type Verdict =
  /** The next of its stream. */
  | { readonly is: 'next'; readonly head: StreamHead }
  /** A number already accepted: delivered again. */
  | { readonly is: 'again' }
  /** Numbers are missing before it. It lands, and the gap is written down. */
  | { readonly is: 'after-gap'; readonly head: StreamHead; readonly missing: number }
  | { readonly is: 'refused'; readonly reason: string };

/** `head` is where the stream stands: the number expected and the hash its `prev` must carry. */
export function check({ header, sig, value }: SealedBatch, head: StreamHead, key: KeyObject | undefined): Verdict {
  if (!key) return { is: 'refused', reason: 'its collector is not registered' };
  if (!signatureHolds(header, sig, key)) return { is: 'refused', reason: 'its signature does not hold' };
  if (value.length !== 32 + header.lengths[0] + header.lengths[1]) {
    return { is: 'refused', reason: 'its value is not as long as its header says' };
  }
  if (header.seq < head.seq) return { is: 'again' };
  const after = { seq: header.seq + 1, prev: headerHash(header) };
  if (header.seq > head.seq) return { is: 'after-gap', head: after, missing: header.seq - head.seq };
  if (header.prev !== head.prev) return { is: 'refused', reason: 'it does not follow the batch before it' };
  return { is: 'next', head: after };
}
