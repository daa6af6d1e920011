/** What a bundle is made from. The store answers it, read as the tenant's own user; this folder does not know the store. */
import type { KeyObject } from 'node:crypto';
import type { Opener } from '../core/envelope.ts';
import type { SealedBatch } from '../core/types.ts';
import type { SignedHeader } from './verify-chain.ts';
import type { BundleQuery, Gap } from './verify-format.ts';

/** Where an access lies. */
export interface AccessPlace {
  readonly id: string;
  readonly collector: string;
  readonly seq: number;
  readonly index: number;
}

/** The numbers of the first and last batch of one stream that reach into the range (`until` ≥ from, `from` < until). */
export interface StreamRange {
  readonly collector: string;
  readonly first: number;
  readonly last: number;
}

export interface BundleReader {
  /** One entry a collector, ordered by collector. */
  streams(query: BundleQuery, signal: AbortSignal): Promise<readonly StreamRange[]>;
  /** The accesses asked for, each id once, ordered by `at`, then `id`. */
  accesses(query: BundleQuery, signal: AbortSignal): AsyncIterable<AccessPlace>;
  /** Signed headers of the tenant's stream of that collector, `first` to `last` included, by number. Absent ones are left out. */
  headers(stream: StreamRange, signal: AbortSignal): AsyncIterable<SignedHeader>;
  /** One batch as it lies; `undefined` if it is not there. */
  batch(collector: string, seq: number, signal: AbortSignal): Promise<SealedBatch | undefined>;
  readonly opener: Opener;
  /** The public keys the collector's signatures are evidence under, oldest first. Throws NOT_FOUND. */
  keys(collector: string): readonly KeyObject[];
  /** What is known to be missing, in a fixed order. */
  gaps(query: BundleQuery, signal: AbortSignal): Promise<readonly Gap[]>;
}
