import type { SealedBatch, StoredReject, TenantId } from '../core/types.ts';
import type { NumberChanges } from './record-gaps.ts';
import type { StreamHead } from './seal.ts';
import type { SourceCounts } from './source-counts.ts';

/** All that one flush of one source changes in the spool, in one transaction. */
export interface Flush {
  readonly source: string;
  readonly batches: readonly SealedBatch[];
  readonly heads: ReadonlyMap<TenantId, StreamHead>;
  readonly checkpoint: { readonly name: string; readonly place: string } | undefined;
  /** As keys (ingest/id-keys.ts), end to end. */
  readonly ids: Buffer;
  readonly rejects: readonly StoredReject[];
  readonly counts: SourceCounts;
  /** Of the platform's own record numbers: what is remembered otherwise from now on. */
  readonly numbers?: NumberChanges | undefined;
}
