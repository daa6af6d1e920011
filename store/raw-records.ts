/** The raw records of accesses, out of the sealed batches they lie in. */
import type { ClickHouseClient } from '@clickhouse/client';
import { rawRecords } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import { Fault } from '../core/errors.ts';
import type { Access, Instant, SealedBatch, TenantId } from '../core/types.ts';
import { accessesExport } from './queries/accesses-export.ts';
import { batchByNumber } from './queries/batch-by-number.ts';
import { batchOf } from './queries/batch-row.ts';
import { batchesOfRange } from './queries/batches-of-range.ts';
import { run } from './query.ts';

export type Place = Pick<Access, 'collector' | 'seq' | 'index'>;

/** By the bytes of their raw records. One batch is kept whatever its size. */
const keptBytesMax = 32 * 1024 * 1024;

export interface RawRecords {
  /** The access's native records, byte for byte. Throws EVIDENCE_BROKEN if its batch is missing or damaged, KEY_MISSING if its key is gone. */
  of(place: Place, signal: AbortSignal): Promise<readonly Buffer[]>;
}

/** For single looks: opened batches are kept, the least recently used goes first. */
export function openRawRecords(db: ClickHouseClient, tenant: TenantId, opener: Opener): RawRecords {
  const kept = new Map<string, { readonly records: Buffer[][]; readonly bytes: number }>();
  let bytes = 0;
  return {
    async of(place, signal) {
      const key = `${place.seq} ${place.collector}`;
      let opened = kept.get(key);
      if (opened) {
        kept.delete(key);
      } else {
        const records = rawRecords(await opener.open(await fetchBatch(db, tenant, place, signal), signal));
        opened = { records, bytes: records.flat().reduce((sum, { length }) => sum + length, 0) };
        bytes += opened.bytes;
      }
      kept.set(key, opened);
      for (const [oldest, { bytes: freed }] of kept) {
        if (bytes <= keptBytesMax || oldest === key) break;
        kept.delete(oldest);
        bytes -= freed;
      }
      return recordsAt(opened.records, place, tenant);
    },
  };
}

async function fetchBatch(
  db: ClickHouseClient,
  tenant: TenantId,
  { collector, seq }: Place,
  signal: AbortSignal,
): Promise<SealedBatch> {
  for await (const row of run(db, batchByNumber, { collector, seq }, signal)) return batchOf(row, tenant);
  throw missing({ collector, seq }, tenant);
}

/** Every access of a range with its raw records. Two readings side by side, each in the order of the batches; memory holds one batch. */
export async function* accessesWithRaw(
  db: ClickHouseClient,
  { tenant, opener }: { tenant: TenantId; opener: Opener },
  range: { from: Instant; until: Instant },
  signal: AbortSignal,
): AsyncGenerator<{ access: Access; raw: readonly Buffer[] }> {
  const batches = run(db, batchesOfRange, range, signal);
  try {
    let batch: SealedBatch['header'] | undefined;
    let records: Buffer[][] = [];
    for await (const access of run(db, accessesExport, range, signal)) {
      while (!batch || batch.collector !== access.collector || batch.seq !== access.seq) {
        const next = await batches.next();
        if (next.done) throw missing(access, tenant);
        const sealed = batchOf(next.value, tenant);
        batch = sealed.header;
        if (batch.collector === access.collector && batch.seq === access.seq)
          records = rawRecords(await opener.open(sealed, signal));
      }
      yield { access, raw: recordsAt(records, access, tenant) };
    }
  } finally {
    await batches.return(undefined);
  }
}

function recordsAt(records: Buffer[][], place: Place, tenant: TenantId): readonly Buffer[] {
  const found = records[place.index];
  if (found) return found;
  throw new Fault(
    'EVIDENCE_BROKEN',
    `batch ${place.collector}/${tenant}/${place.seq} has no access ${place.index}; a row says it has`,
    { collector: place.collector, tenant, seq: place.seq },
  );
}

const missing = ({ collector, seq }: Pick<Place, 'collector' | 'seq'>, tenant: TenantId): Fault =>
  new Fault('EVIDENCE_BROKEN', `batch ${collector}/${tenant}/${seq} is not in the store, though accesses of it are`, {
    collector,
    tenant,
    seq,
  });
