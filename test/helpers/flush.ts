/** What a source hands its spool at once: these batches, and nothing beside them unless it is said. */
import type { Flush } from '../../ingest/flush.ts';
import { noCounts } from '../../ingest/source-counts.ts';

export const flushOf = (batches: Flush['batches'], more: Partial<Flush> = {}): Flush => ({
  source: 'fs1',
  batches,
  heads: new Map(),
  checkpoint: undefined,
  ids: [],
  rejects: [],
  counts: noCounts,
  ...more,
});
