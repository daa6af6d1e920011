/** What a source hands its spool at once: these batches, and nothing beside them unless it is said. */
import type { AccessId } from '../../core/types.ts';
import type { Flush } from '../../ingest/flush.ts';
import { noCounts } from '../../ingest/source-counts.ts';

export const flushOf = (batches: Flush['batches'], more: Partial<Flush> = {}): Flush => ({
  source: 'fs1',
  batches,
  heads: new Map(),
  checkpoint: undefined,
  ids: Buffer.alloc(0),
  rejects: [],
  counts: noCounts,
  ...more,
});

/** Ids as a flush holds them. */
export const keysOf = (ids: readonly AccessId[]): Buffer => Buffer.from(ids.join(''), 'hex');
