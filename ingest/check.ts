/** Which batches the lander lets in, as a pure decision: by signature, number and chain. */
import type { KeyObject } from 'node:crypto';
import { firstPrev, headerHash, signatureHolds } from '../core/batch.ts';
import { valueBytesOf } from '../core/envelope.ts';
import type { BatchHeader, SealedBatch } from '../core/types.ts';
import type { StreamHead } from './seal.ts';

/** Runs of missing numbers that are known of one stream; the oldest are forgotten first, and then the store is asked. */
export const gapsMax = 1_000;

/** Numbers that did not come, and what the chain says of those that may still: `undefined` where nothing does. */
export interface Gap {
  readonly first: number;
  readonly last: number;
  /** `prev` of the first. */
  readonly before: string | undefined;
  /** The hash of the last one's header block. */
  readonly after: string | undefined;
}

export interface StreamState {
  /** The number after the last that came, and the hash its `prev` must carry. */
  readonly head: StreamHead;
  /** Below the head, ascending. */
  readonly gaps: readonly Gap[];
}

export const newStream: StreamState = { head: { seq: 0, prev: firstPrev }, gaps: [] };

export type Verdict =
  /** The next of its stream, or one that fills a gap late. */
  | { readonly is: 'next' | 'late'; readonly state: StreamState }
  /** Numbers are missing before it. It lands, and the gap is known. */
  | { readonly is: 'after-gap'; readonly state: StreamState; readonly missing: number }
  /** Its number came before: the same batch again, or another one that says it has this number. */
  | { readonly is: 'again' }
  | { readonly is: 'refused'; readonly reason: string };

export const refusals = {
  unregistered: 'its collector is not registered, or was revoked',
  signature: 'its signature does not hold',
  length: 'its value is not as long as its header says',
  chain: 'it does not follow the batch before it',
  number: 'another batch with its number has landed',
} as const;

/** Where a stream stands after this batch. */
export const headAfter = (header: BatchHeader): StreamHead => ({ seq: header.seq + 1, prev: headerHash(header) });

const refused = (reason: string): Verdict => ({ is: 'refused', reason });

/** `keys`: those of its collector under which batches may land now. */
export function check({ header, sig, value }: SealedBatch, state: StreamState, keys: readonly KeyObject[]): Verdict {
  if (keys.length === 0) return refused(refusals.unregistered);
  if (!keys.some((key) => signatureHolds(header, sig, key))) return refused(refusals.signature);
  if (value.length !== valueBytesOf(header)) return refused(refusals.length);
  const { head, gaps } = state;
  const after = headAfter(header);
  if (header.seq === head.seq)
    return header.prev === head.prev ? { is: 'next', state: { head: after, gaps } } : refused(refusals.chain);
  if (header.seq > head.seq) {
    const gap = { first: head.seq, last: header.seq - 1, before: head.prev, after: header.prev };
    return { is: 'after-gap', state: { head: after, gaps: withGap(gaps, gap) }, missing: header.seq - head.seq };
  }
  const gap = gaps.find(({ first, last }) => first <= header.seq && header.seq <= last);
  if (!gap) return { is: 'again' };
  const left = without(gap, header);
  if (!left) return refused(refusals.chain);
  return { is: 'late', state: { head, gaps: gaps.flatMap((one) => (one === gap ? left : one)) } };
}

/** What is left of a gap; `undefined` for a batch that does not fit between its neighbours. */
function without({ first, last, before, after }: Gap, header: BatchHeader): Gap[] | undefined {
  const { seq, prev } = header;
  const hash = headerHash(header);
  if (seq === first && before !== undefined && prev !== before) return undefined;
  if (seq === last && after !== undefined && hash !== after) return undefined;
  return [
    ...(seq > first ? [{ first, last: seq - 1, before, after: prev }] : []),
    ...(seq < last ? [{ first: seq + 1, last, before: hash, after }] : []),
  ];
}

const withGap = (gaps: readonly Gap[], gap: Gap): readonly Gap[] =>
  [...gaps, gap].sort((a, b) => a.first - b.first).slice(-gapsMax);

/** The stream after a batch that had been let in was refused after all: its number may still come. */
export function reopened(state: StreamState, header: BatchHeader): StreamState {
  const { seq, prev } = header;
  const known = state.gaps.some(({ first, last }) => first <= seq && seq <= last);
  if (known || seq >= state.head.seq) return state;
  return { ...state, gaps: withGap(state.gaps, { first: seq, last: seq, before: prev, after: headerHash(header) }) };
}

/** The stream as both remember it: what only one of them has seen of it is missing where the other stands. */
export function joined(stored: StreamState, remembered: StreamHead): StreamState {
  const { head, gaps } = stored;
  if (remembered.seq <= head.seq) return stored;
  const gap = { first: head.seq, last: remembered.seq - 1, before: head.prev, after: remembered.prev };
  return { head: remembered, gaps: withGap(gaps, gap) };
}
