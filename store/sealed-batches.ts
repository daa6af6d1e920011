/** Sealed batches by their names, as they lie in a client's database. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { BatchHeader, SealedBatch, TenantId } from '../core/types.ts';
import { batchOf, placesOf } from './queries/batch-row.ts';
import { batchesByNumber } from './queries/batches-by-number.ts';
import { all } from './query.ts';

/** Fetched with one question; each is half a MiB before compression at most, or one record. */
const batchesAtOnce = 64;

/** In no order; one that is not there is left out. Throws as `all` does. */
export async function sealedBatches(
  db: ClickHouseClient,
  tenant: TenantId,
  names: readonly Pick<BatchHeader, 'collector' | 'seq'>[],
  signal: AbortSignal,
): Promise<SealedBatch[]> {
  const batches: SealedBatch[] = [];
  for (let first = 0; first < names.length; first += batchesAtOnce) {
    const rows = await all(db, batchesByNumber, placesOf(names.slice(first, first + batchesAtOnce)), signal);
    batches.push(...rows.map((row) => batchOf(row, tenant)));
  }
  return batches;
}
