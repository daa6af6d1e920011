import { z } from 'zod';
import type { Query } from '../query.ts';

const row = z.object({ collector: z.string(), next: z.number(), batches: z.number(), accesses: z.number() });

/** How far each collector's stream goes, and whether it has a gap: then `batches` is less than `next`. */
export const streamHeads: Query<Record<string, never>, z.output<typeof row>> = {
  name: 'stream-heads',
  row,
  sql: `
    SELECT collector, max(seq) + 1 AS next, uniqExact(seq) AS batches, sum("count") AS accesses
    FROM batches
    GROUP BY collector
    ORDER BY collector`,
};
