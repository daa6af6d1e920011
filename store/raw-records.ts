/** The raw records of accesses, out of the sealed batches they lie in. */
import type { ClickHouseClient } from '@clickhouse/client';
import { rawRecords } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import { Fault } from '../core/errors.ts';
import type { Access, Instant, SealedBatch, TenantId } from '../core/types.ts';
import { accessesExport } from './queries/accesses-export.ts';
import { accessesOfBatches, type BatchSpan } from './queries/accesses-of-batches.ts';
import { accessesPerBatch } from './queries/accesses-per-batch.ts';
import { accessesPerSpan } from './queries/accesses-per-span.ts';
import { all } from './query.ts';
import { sealedBatches } from './sealed-batches.ts';

export type Place = Pick<Access, 'collector' | 'seq' | 'index'>;

/** By the bytes of their raw records. One batch is kept whatever its size. */
const keptBytesMax = 32 * 1024 * 1024;
/** Held in memory at once: some tens of megabytes. */
const partRowsMax = 20_000;
/** Fetched with one question; each is half a MiB before compression at most, or one record. */
const batchesAtOnce = 64;
const hourMs = 3_600_000;
const secondMs = 1_000;

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
      const key = keyOf(place);
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
  const [batch] = await sealedBatches(db, tenant, [{ collector, seq }], signal);
  if (batch) return batch;
  throw missing({ collector, seq }, tenant);
}

type Range = { readonly from: Instant; readonly until: Instant };
/** `batches`: only what lies in these. */
type Part = Range & { readonly batches?: BatchSpan };

/**
 * Every access of a range with its raw records, some hours after the other. What is asked is read to its end before any of it is handed on: who
 * reads may be a pager that somebody looks at for an hour, and the server gives an answer up that nobody takes. What is stored twice has one
 * time, so it lies in one part and is folded there.
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

/**
 * The range cut where an hour ends, each part with so many rows at most; an hour with more of them, where a second ends; a second with
 * more, where a batch does. Of one batch no more lie together than it holds.
 */
async function partsOf(
  db: ClickHouseClient,
  { from, until }: Range,
  rowsMax: number,
  signal: AbortSignal,
  spanMs = hourMs,
): Promise<Part[]> {
  const parts: (Range & { rows: number })[] = [];
  for (const { begin, accesses } of await all(db, accessesPerSpan, { from, until, spanMs }, signal)) {
    const last = parts.at(-1);
    if (last && last.rows + accesses <= rowsMax)
      parts[parts.length - 1] = { ...last, until: begin + spanMs, rows: last.rows + accesses };
    else parts.push({ from: begin, until: begin + spanMs, rows: accesses });
  }
  const whole: Part[] = [];
  for (const part of parts) {
    const range = { from: Math.max(from, part.from), until: Math.min(until, part.until) };
    if (part.rows <= rowsMax) whole.push(range);
    else if (spanMs > secondMs) whole.push(...(await partsOf(db, range, rowsMax, signal, secondMs)));
    else whole.push(...(await byBatchSpans(db, range, rowsMax, signal)));
  }
  return whole;
}

async function byBatchSpans(db: ClickHouseClient, range: Range, rowsMax: number, signal: AbortSignal): Promise<Part[]> {
  const spans: (BatchSpan & { rows: number })[] = [];
  for (const { collector, seq, accesses } of await all(db, accessesPerBatch, range, signal)) {
    const last = spans.at(-1);
    const end = { lastCollector: collector, lastSeq: seq };
    if (last && last.rows + accesses <= rowsMax)
      spans[spans.length - 1] = { ...last, ...end, rows: last.rows + accesses };
    else spans.push({ firstCollector: collector, firstSeq: seq, ...end, rows: accesses });
  }
  return spans.map(({ rows: _, ...batches }) => ({ ...range, batches }));
}

const accessesIn = (db: ClickHouseClient, { batches, ...range }: Part, signal: AbortSignal): Promise<Access[]> =>
  batches ? all(db, accessesOfBatches, { ...range, ...batches }, signal) : all(db, accessesExport, range, signal);

/** In the order of the batches they lie in, of which a few are in memory. */
async function* withRaw(
  db: ClickHouseClient,
  { tenant, opener }: { tenant: TenantId; opener: Opener },
  part: Part,
  signal: AbortSignal,
): AsyncGenerator<{ access: Access; raw: readonly Buffer[] }> {
  for (const accesses of byBatches(await accessesIn(db, part, signal), batchesAtOnce)) {
    const sealed = await batchesOf(db, tenant, accesses, signal);
    let key: string | undefined;
    let records: Buffer[][] = [];
    for (const access of accesses) {
      if (keyOf(access) !== key) {
        key = keyOf(access);
        const batch = sealed.get(key);
        if (!batch) throw missing(access, tenant);
        records = rawRecords(await opener.open(batch, signal));
      }
      yield { access, raw: recordsAt(records, access, tenant) };
    }
  }
}

const keyOf = ({ collector, seq }: Pick<Place, 'collector' | 'seq'>): string => `${seq} ${collector}`;

/** In their order, cut where another batch begins, so that each part lies in so many batches at most. */
export function* byBatches<T extends Pick<Place, 'collector' | 'seq'>>(
  accesses: readonly T[],
  batchesMax: number,
): Generator<readonly T[]> {
  let begin = 0;
  let batches = 0;
  for (const [i, access] of accesses.entries()) {
    const before = accesses[i - 1];
    if (before && keyOf(before) === keyOf(access)) continue;
    if (batches === batchesMax) {
      yield accesses.slice(begin, i);
      begin = i;
      batches = 0;
    }
    batches += 1;
  }
  if (begin < accesses.length) yield accesses.slice(begin);
}

async function batchesOf(
  db: ClickHouseClient,
  tenant: TenantId,
  accesses: readonly Access[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SealedBatch>> {
  const places = [...new Map(accesses.map((access) => [keyOf(access), access])).values()];
  const batches = await sealedBatches(db, tenant, places, signal);
  return new Map(batches.map((batch) => [keyOf(batch.header), batch]));
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
