/** Answers what an audit asks from one client's database, as that client's reader, and from the checkpoints' witness. */
import { headerHash } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import type { Expiry } from '../core/retention.ts';
import { accessClasses, type Instant, type TenantId } from '../core/types.ts';
import type { AuditReader } from '../evidence/audit.ts';
import { rowFields } from '../evidence/audit-rows.ts';
import { readCheckpoint, type SignedCheckpoint } from '../evidence/checkpoint.ts';
import type { Witness } from '../evidence/witness.ts';
import { registeredKeys } from '../ingest/keys/collectors.ts';
import type { Store } from '../store/index.ts';
import { auditBatches, auditHeaders, auditRows, auditStrays, auditStreams } from '../store/queries/audit.ts';
import { batchOf, headerOf, placesOf } from '../store/queries/batch-row.ts';
import { checkpointsOfRange } from '../store/queries/checkpoints.ts';
import { all, run } from '../store/query.ts';

const checkpointsAtOnce = 5_000;

/** Before all that the store can hold. */
const everMs = Date.UTC(1900, 0, 1);

interface Parts {
  readonly store: Store;
  readonly tenant: TenantId;
  readonly range: { readonly from: Instant; readonly until: Instant };
  readonly witness: Witness | undefined;
  readonly dataDir: string;
  readonly opener: Opener;
  /** Rows seen before may be there though their batch is gone, and the other way round. */
  readonly gone: Expiry;
}

export function auditReaderOf({ store, tenant, range, witness, dataDir, opener, gone }: Parts): AuditReader {
  const db = store.client('read', tenant);
  const rowsQuestion = auditRows(rowFields);
  const past = {
    classes: [...accessClasses],
    befores: accessClasses.map((one) => Math.max(gone.rows[one], everMs)),
  };
  return {
    streams: (signal) => all(db, auditStreams, range, signal),

    async *batches(stretch, signal) {
      for await (const row of run(db, auditBatches, { ...stretch }, signal)) yield batchOf(row, tenant);
    },

    async rows(stretch, signal) {
      const found = await all(db, rowsQuestion, { ...stretch, ...past }, signal);
      return new Map(found.map(({ seq, ...rows }) => [seq, rows]));
    },

    strays: (signal) => all(db, auditStrays, { ...range, seenFrom: Math.max(gone.batches, everMs) }, signal),
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
      const found = await all(db, auditHeaders, placesOf(batches), signal);
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
