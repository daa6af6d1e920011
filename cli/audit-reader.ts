/** Answers what an audit asks from one client's database, as that client's reader, and from the checkpoints' witness. */
import { headerHash } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import type { Instant, TenantId } from '../core/types.ts';
import type { AuditReader } from '../evidence/audit.ts';
import { rowFields } from '../evidence/audit-rows.ts';
import { readCheckpoint, type SignedCheckpoint } from '../evidence/checkpoint.ts';
import type { Witness } from '../evidence/witness.ts';
import { registeredKeys } from '../ingest/keys/collectors.ts';
import type { Store } from '../store/index.ts';
import { auditBatches, auditHeaders, auditRows, auditStrays, auditStreams } from '../store/queries/audit.ts';
import { batchOf, headerOf } from '../store/queries/batch-row.ts';
import { checkpointsOfRange } from '../store/queries/checkpoints.ts';
import { all, run } from '../store/query.ts';

const checkpointsAtOnce = 5_000;

interface Parts {
  readonly store: Store;
  readonly tenant: TenantId;
  readonly range: { readonly from: Instant; readonly until: Instant };
  readonly witness: Witness | undefined;
  readonly dataDir: string;
  readonly opener: Opener;
  /** Rows seen before this may be there though their batch is gone; ISO 8601. */
  readonly expiredBefore: string | undefined;
}

export function auditReaderOf({ store, tenant, range, witness, dataDir, opener, expiredBefore }: Parts): AuditReader {
  const db = store.client('read', tenant);
  const rowsQuestion = auditRows(rowFields);
  return {
    streams: (signal) => all(db, auditStreams, range, signal),

    async *batches(stretch, signal) {
      for await (const row of run(db, auditBatches, { ...stretch }, signal)) yield batchOf(row, tenant);
    },

    async rows(stretch, signal) {
      const found = await all(db, rowsQuestion, { ...stretch }, signal);
      return new Map(found.map(({ seq, count, digest }) => [seq, { count, digest }]));
    },

    strays: (signal) => all(db, auditStrays, { ...range, seenFrom: Date.parse(expiredBefore ?? '1900-01-01') }, signal),
    collectorKeys: (collector) => registeredKeys(dataDir, collector),
    opener,

    async *checkpoints(signal) {
      for (let first = 0; ; ) {
        const part = await all(db, checkpointsOfRange, { ...range, first, limit: checkpointsAtOnce }, signal);
        yield* part;
        const last = part.at(-1);
        if (!last || part.length < checkpointsAtOnce) return;
        first = readCheckpoint(last.block).number + 1;
      }
    },

    witnessed() {
      const kept = witness?.all(tenant);
      return kept?.filter((one, index) => index === kept.length - 1 || isIn(one, range));
    },

    async headerHashes(batches, signal) {
      const asked = { collectors: batches.map(({ collector }) => collector), seqs: batches.map(({ seq }) => seq) };
      const found = await all(db, auditHeaders, asked, signal);
      return new Map(
        found.map((row) => {
          const { header } = headerOf(row, tenant);
          return [`${header.collector} ${header.seq}`, headerHash(header)];
        }),
      );
    },
  };
}

function isIn({ block }: SignedCheckpoint, { from, until }: Parts['range']): boolean {
  const at = Date.parse(readCheckpoint(block).at);
  return at >= from && at < until;
}
