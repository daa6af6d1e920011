/** The raw records of accesses, out of the sealed batches they lie in. */
import type { ClickHouseClient } from '@clickhouse/client';
import { rawRecords } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import { Fault } from '../core/errors.ts';
import type { Access, Instant, SealedBatch, TenantId } from '../core/types.ts';
import { accessesExport } from './queries/accesses-export.ts';
import { accessesPerHour } from './queries/accesses-per-hour.ts';
import { batchByNumber } from './queries/batch-by-number.ts';
import { batchOf } from './queries/batch-row.ts';
import { batchesOfRange } from './queries/batches-of-range.ts';
import { run } from './query.ts';

export type Place = Pick<Access, 'collector' | 'seq' | 'index'>;

/** By the bytes of their raw records. One batch is kept whatever its size. */
const keptBytesMax = 32 * 1024 * 1024;
/** Read in a few seconds. */
const partRowsMax = 50_000;
const hourMs = 3_600_000;

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

type Range = { readonly from: Instant; readonly until: Instant };

/**
 * Every access of a range with its raw records, some hours after the other: a question that is read slowly would pass the time a reader
 * may ask for. What is stored twice has one time, so it lies in one part and is folded there.
 */
export async function* accessesWithRaw(
  db: ClickHouseClient,
  { tenant, opener }: { tenant: TenantId; opener: Opener },
  range: Range,
  signal: AbortSignal,
  rowsMax = partRowsMax,
): AsyncGenerator<{ access: Access; raw: readonly Buffer[] }> {
  for (const part of await partsOf(db, range, rowsMax, signal)) yield* withRaw(db, { tenant, opener }, part, signal);
}

/** The range cut where an hour ends, each part with so many rows at most, or one hour. */
async function partsOf(
  db: ClickHouseClient,
  { from, until }: Range,
  rowsMax: number,
  signal: AbortSignal,
): Promise<Range[]> {
  const parts: Range[] = [];
  let begin = from;
  let rows = 0;
  for await (const { hour, accesses } of run(db, accessesPerHour, { from, until }, signal)) {
    if (rows > 0 && rows + accesses > rowsMax) {
      parts.push({ from: begin, until: hour * hourMs });
      begin = hour * hourMs;
      rows = 0;
    }
    rows += accesses;
  }
  return rows === 0 ? parts : [...parts, { from: begin, until }];
}

/** Two readings side by side, each in the order of the batches; memory holds one batch. */
async function* withRaw(
  db: ClickHouseClient,
  { tenant, opener }: { tenant: TenantId; opener: Opener },
  range: Range,
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
