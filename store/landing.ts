/** The store as a lander needs it: it inserts as the tenant's landing user, who may do nothing else, and asks as its reader. */
import type { ClickHouseClient } from '@clickhouse/client';
import { headerHash } from '../core/batch.ts';
import { Fault, isFault } from '../core/errors.ts';
import type { BatchHeader, Instant, SealedBatch, TenantId } from '../core/types.ts';
import type { Store } from './index.ts';
import { Bodies, insert } from './insert.ts';
import { auditHeaders } from './queries/audit.ts';
import { headerOf, placesOf } from './queries/batch-row.ts';
import { batchesOfMerge, mergesAfter, streamGaps, streamSpans } from './queries/landing.ts';
import { countedAccesses, presentAccesses, presentBatches } from './queries/present-of-merge.ts';
import { all, asFault, run } from './query.ts';
import { sealedBatches } from './sealed-batches.ts';

/** One batch by its name within a tenant. */
type Name = Pick<BatchHeader, 'collector' | 'seq'>;

const nameOf = ({ collector, seq }: Name): string => `${collector}/${seq}`;

/** Numbers of a stream that are not stored, and the hashes that those beside them call for: `undefined` where there is none. */
export interface MissingRun {
  readonly first: number;
  readonly last: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface StoredStream {
  readonly head: { readonly seq: number; readonly prev: string };
  /** The latest, up to the limit asked for; ascending. */
  readonly gaps: readonly MissingRun[];
}

/** How far a tenant's streams are, and the number of a lane's last merge; 0: it has none. */
export interface StoredProgress {
  readonly lastMerge: number;
  readonly streams: ReadonlyMap<string, StoredStream>;
}

/** `clientOf`: as whom is inserted. Every question throws STORE_UNREACHABLE when it is not answered: that says nothing of what it is about. */
export function storeLanding(
  store: Store,
  clientOf: (tenant: TenantId) => ClickHouseClient = (tenant) => store.client('land', tenant),
) {
  // The store's, not the directory's: of a client that has left, batches may still wait.
  const known = new Set(store.tenants);
  const bodies = new Bodies();
  const reader = (tenant: TenantId) => store.client('read', tenant);
  const headersOf = async (tenant: TenantId, names: readonly Name[], signal: AbortSignal) => {
    if (names.length === 0) return new Map<string, BatchHeader>();
    const rows = await all(reader(tenant), auditHeaders, placesOf(names), signal);
    return new Map(rows.map((row) => [nameOf(row), headerOf(row, tenant).header]));
  };
  return {
    knows: (tenant: TenantId): boolean => known.has(tenant),

    insert: (
      tenant: TenantId,
      table: Parameters<typeof insert>[1],
      values: readonly Buffer[],
      token: string,
      signal: AbortSignal,
    ): Promise<void> => insert(clientOf(tenant), table, values, token, signal, bodies),

    present: presentIn(store),

    /** As of one moment. */
    progress: (tenant: TenantId, lane: string, gapsMax: number, signal: AbortSignal): Promise<StoredProgress> =>
      answered(() => progressOf(reader(tenant), { tenant, lane, gapsMax }, headersOf, signal)),

    /** The batches of a merge by lander: more than one only where the server forgot a token in between. */
    landersOf: (tenant: TenantId, lane: string, number: number, signal: AbortSignal) =>
      answered(async () => {
        const landers = new Map<string, BatchHeader[]>();
        for (const { lander, ...row } of await all(reader(tenant), batchesOfMerge, { lane, number }, signal))
          landers.set(lander, [...(landers.get(lander) ?? []), headerOf(row, tenant).header]);
        return landers;
      }),

    /** Which merges of the lane came after that number, and whose. */
    mergesAfter: (tenant: TenantId, lane: string, after: number, signal: AbortSignal) =>
      answered(() => all(reader(tenant), mergesAfter, { lane, after }, signal)),

    /** Of these batches, those whose accesses are not all stored, as `collector/seq`. */
    incomplete: (tenant: TenantId, headers: readonly BatchHeader[], signal: AbortSignal) =>
      answered(async () => {
        const rows = await all(reader(tenant), countedAccesses, { ...placesOf(headers), ...timesOf(headers) }, signal);
        const counts = new Map(rows.map((row) => [nameOf(row), row.accesses]));
        return new Set(
          headers.filter((header) => (counts.get(nameOf(header)) ?? 0) < header.count).map((header) => nameOf(header)),
        );
      }),

    /** As they lie there. One that is not is left out. */
    sealed: (tenant: TenantId, names: readonly Name[], signal: AbortSignal): Promise<SealedBatch[]> =>
      answered(() => sealedBatches(reader(tenant), tenant, names, signal)),

    /** The hash of each stored header block, by `collector/seq`. */
    hashes: (tenant: TenantId, names: readonly Name[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> =>
      answered(async () => {
        const headers = await headersOf(tenant, names, signal);
        return new Map([...headers].map(([name, header]) => [name, headerHash(header)]));
      }),

    /** Takes batches out again whose accesses the store refused. */
    withdraw: (tenant: TenantId, names: readonly Name[], signal: AbortSignal): Promise<void> =>
      answered(() =>
        store.tables.withdraw(tenant, names, signal).catch((error: unknown) => {
          throw asFault(error, 'withdraw', signal);
        }),
      ),
  };
}

/** Which of these batches, and which accesses of theirs, are stored. */
export function presentIn(store: Store) {
  return (tenant: TenantId, headers: readonly BatchHeader[], signal: AbortSignal) =>
    answered(async () => {
      const db = store.client('read', tenant);
      const these = placesOf(headers);
      const batches = new Set<string>();
      const accesses = new Set<string>();
      for await (const row of run(db, presentBatches, these, signal)) batches.add(nameOf(row));
      for await (const row of run(db, presentAccesses, { ...these, ...timesOf(headers) }, signal))
        accesses.add(`${nameOf(row)}/${row.index}`);
      return { batches, accesses };
    });
}

async function progressOf(
  db: ClickHouseClient,
  { tenant, lane, gapsMax }: { readonly tenant: TenantId; readonly lane: string; readonly gapsMax: number },
  headersOf: (tenant: TenantId, names: readonly Name[], signal: AbortSignal) => Promise<Map<string, BatchHeader>>,
  signal: AbortSignal,
): Promise<StoredProgress> {
  const spans = await all(db, streamSpans, { lane }, signal);
  const holed = spans.some(({ first, next, batches }) => next - first > batches);
  const runs = holed ? await all(db, streamGaps, { limit: gapsMax }, signal) : [];
  const missing = spans.map(({ collector, first }) => ({
    collector,
    gaps: [
      ...(first > 0 ? [{ first: 0, last: first - 1 }] : []),
      ...runs.filter((one) => one.collector === collector).sort((a, b) => a.first - b.first),
    ],
  }));
  const beside = missing.flatMap(({ collector, gaps }) =>
    gaps.flatMap((gap) => [
      ...(gap.first > 0 ? [{ collector, seq: gap.first - 1 }] : []),
      { collector, seq: gap.last + 1 },
    ]),
  );
  const heads = spans.map(({ collector, next }) => ({ collector, seq: next - 1 }));
  const headers = await headersOf(tenant, [...heads, ...beside], signal);
  const at = (collector: string, seq: number) => headers.get(nameOf({ collector, seq }));
  const hashAt = (collector: string, seq: number): string | undefined => {
    const header = at(collector, seq);
    return header && headerHash(header);
  };
  const streams = new Map(
    spans.map(({ collector, next }, i) => {
      const gaps = (missing[i]?.gaps ?? []).map(({ first, last }) => ({
        first,
        last,
        before: hashAt(collector, first - 1),
        after: at(collector, last + 1)?.prev,
      }));
      return [collector, { head: { seq: next, prev: hashAt(collector, next - 1) ?? '' }, gaps }] as const;
    }),
  );
  return { lastMerge: spans.reduce((last, { merge }) => Math.max(last, merge), 0), streams };
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isFault(error, 'STORE_REFUSED')) throw error;
    throw new Fault('STORE_UNREACHABLE', error.message, error.about, error);
  }
}

/** From the earliest to the latest access; always, where a header's times are none. */
function timesOf(headers: readonly BatchHeader[]): { from: Instant; until: Instant } {
  const times = headers.flatMap(({ from, until }) => [Date.parse(from), Date.parse(until)]);
  if (times.some(Number.isNaN)) return { from: 0, until: Date.UTC(2300, 0, 1) };
  return { from: Math.min(...times), until: Math.max(...times) };
}
