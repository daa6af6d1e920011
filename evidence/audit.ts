/**
 * Is everything that was stored of a client still there, and unchanged? Batches by signature, chain and content; the rows
 * that readers see against the sealed lines; checkpoints against what is left, so that a cut tail shows.
 */
import type { KeyObject } from 'node:crypto';
import type { Opener } from '../core/envelope.ts';
import { Fault } from '../core/errors.ts';
import { type Expiry, lastGone } from '../core/retention.ts';
import type { BatchHeader, SealedBatch } from '../core/types.ts';
import { auditCheckpoints, type CheckpointReader, type CheckpointVerdict } from './audit-checkpoints.ts';
import { digestOfRow, digestOfRows } from './audit-rows.ts';
import { type AccessFields, type ChainVerdict, verifyStream } from './chain.ts';
import type { StreamRange } from './reader.ts';
import type { Ended } from './receipt.ts';

/** Batches and rows asked for at once, so that no question runs as long as the audit. */
const batchesAtOnce = 256;

export interface StoredStream extends StreamRange {
  readonly accesses: number;
}

/** What readers see of one batch. */
export interface StoredRows {
  /** Of rows whose time is not over. */
  readonly count: number;
  /** Of these, as `digestOfRows`. */
  readonly digest: string;
  /** Rows that may be gone and are not yet: each by its `index`, as `digestOfRow`. */
  readonly past: readonly (readonly [number, string])[];
}

/** One client's store, read as that client's reader. */
export interface AuditReader extends CheckpointReader {
  /** The streams that have batches in the range, by collector. */
  streams(signal: AbortSignal): Promise<readonly StoredStream[]>;
  /** Every stored batch of the run, repeated ones too, by number. */
  batches(run: StreamRange, signal: AbortSignal): AsyncIterable<SealedBatch>;
  /** By number of the batch. */
  rows(run: StreamRange, signal: AbortSignal): Promise<ReadonlyMap<number, StoredRows>>;
  /** Rows whose batch is not there. */
  strays(
    signal: AbortSignal,
  ): Promise<readonly { readonly collector: string; readonly seq: number; readonly count: number }[]>;
  readonly opener: Opener;
  /** The keys the collector's signatures are evidence under. Throws NOT_FOUND. */
  collectorKeys(collector: string): readonly KeyObject[];
}

export interface AuditOptions {
  readonly tenant: string;
  /** All there is: then each stream must begin with batch 0, unless old data expires. */
  readonly whole: boolean;
  /** What retention may have removed: a stream may have lost its beginning, and rows may be gone though their batch is not yet. */
  readonly gone: Expiry;
  /** What receipts name as destroyed before the client came back: streams and checkpoints may begin behind it. */
  readonly ended: Ended;
  readonly vaultKey: KeyObject;
  readonly signal: AbortSignal;
  readonly onProgress?: (accesses: number, what: string) => void;
}

export interface TenantAudit {
  readonly tenant: string;
  readonly holds: boolean;
  readonly streams: readonly (ChainVerdict & { readonly collector: string })[];
  readonly batches: number;
  readonly accesses: number;
  /** How many of these are no longer shown, because their time is over and that of their batch is not. */
  readonly expired: number;
  /** Batches in front of these that were destroyed, by receipt; absent for none. */
  readonly destroyed?: { readonly batches: number; readonly at: string | undefined };
  readonly checkpoints: CheckpointVerdict;
  /** What is wrong, a sentence each; the first bad batch of each stream among them. */
  readonly problems: readonly string[];
}

export async function auditTenant(reader: AuditReader, options: AuditOptions): Promise<TenantAudit> {
  const { tenant, signal, onProgress } = options;
  const streams = await reader.streams(signal);
  const verdicts: (ChainVerdict & { readonly collector: string })[] = [];
  const problems: string[] = [];
  let done = 0;
  let expired = 0;
  for (const stream of streams) {
    const { collector } = stream;
    const verdict = await auditStream(reader, stream, options, {
      onAccesses: (accesses) => onProgress?.(done + accesses, tenant),
      onExpired: (count) => {
        expired += count;
      },
    });
    verdicts.push({ collector, ...verdict });
    problems.push(...beginningFaults(stream, verdict, options).map((fault) => `${collector}: ${fault}`));
    if (verdict.broken) problems.push(`${collector}: ${sentence(verdict.broken)}`);
    done += stream.accesses;
  }
  for (const { collector, seq, count } of await reader.strays(signal))
    problems.push(`${collector}: batch ${seq}: ${count} rows name it, and it is not there`);
  const begins = new Map(streams.map(({ collector, first }) => [collector, first]));
  const checkpoints = await auditCheckpoints(reader, {
    ...options,
    expiredBefore: options.gone.batches,
    begins,
  });
  problems.push(...checkpoints.problems);
  return {
    tenant,
    holds: problems.length === 0,
    streams: verdicts,
    batches: verdicts.reduce((sum, { proven }) => sum + (proven ? proven.last - proven.first + 1 : 0), 0),
    accesses: verdicts.reduce((sum, { proven }) => sum + (proven?.accesses ?? 0), 0),
    expired,
    ...(options.ended.batches.size > 0 && { destroyed: { batches: options.ended.batches.size, at: options.ended.at } }),
    checkpoints,
    problems,
  };
}

/** All batches in front of the first one must have been destroyed, or be so old that retention removed them; and it must follow the last of those. */
function beginningFaults(
  { collector, first }: StoredStream,
  { proven }: ChainVerdict,
  options: AuditOptions,
): string[] {
  const { whole, gone, ended } = options;
  const destroyed = ended.batches.get(`${collector} ${first - 1}`);
  if (destroyed !== undefined && proven && proven.prev !== destroyed)
    return [`batch ${first} does not follow batch ${first - 1} as it was destroyed`];
  if (!whole || Number.isFinite(gone.batches)) return [];
  const wasDestroyed = (seq: number): boolean => ended.batches.has(`${collector} ${seq}`);
  // From both ends: what lies between may be more numbers than anybody can count.
  let [from, to] = [0, first - 1];
  while (from <= to && wasDestroyed(from)) from += 1;
  while (to > from && wasDestroyed(to)) to -= 1;
  if (from > to) return [];
  const which = to === from ? `batch ${from}` : `batch ${from} to ${to}`;
  return [`${which} is missing: the stream begins with ${first}`];
}

/** Some faults name the batch themselves. */
const sentence = ({ seq, what }: { seq: number; what: string }): string =>
  what.startsWith('batch ') ? what : `batch ${seq}: ${what}`;

async function auditStream(
  reader: AuditReader,
  stream: StoredStream,
  { signal, gone }: AuditOptions,
  { onAccesses, onExpired }: { onAccesses: (accesses: number) => void; onExpired: (count: number) => void },
): Promise<ChainVerdict> {
  const { collector, first, last } = stream;
  let rows: ReadonlyMap<number, StoredRows> = new Map();
  let accesses = 0;
  async function* batches(): AsyncGenerator<SealedBatch> {
    for (let begin = first; begin <= last; begin += batchesAtOnce) {
      const run = { collector, first: begin, last: Math.min(last, begin + batchesAtOnce - 1) };
      rows = await reader.rows(run, signal);
      for await (const batch of reader.batches(run, signal)) {
        yield batch;
        accesses += batch.header.count;
        onAccesses(accesses);
      }
    }
  }
  let keys: readonly KeyObject[];
  try {
    keys = reader.collectorKeys(collector);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { proven: undefined, broken: { seq: first, what: `no key of ${collector} is registered` } };
  }
  return verifyStream(batches(), {
    keys,
    open: (batch) => reader.opener.open(batch, signal),
    compare: (header, lines) => {
      const mine = rows.get(header.seq);
      const due = lines.some(({ seen_at }) => Date.parse(String(seen_at)) < lastGone(gone))
        ? lines.filter((line) => !mayBeGone(line, gone))
        : lines;
      onExpired(lines.length - due.length - (mine?.past.length ?? 0));
      return pastFault(lines, mine) ?? (due.length === 0 ? undefined : rowsFault(header, due, mine));
    },
  });
}

const mayBeGone = (line: AccessFields, { rows }: Expiry): boolean =>
  Date.parse(String(line['seen_at'])) <
  (rows[String(line['class']) as keyof Expiry['rows']] ?? Number.NEGATIVE_INFINITY);

/** What may be gone and is still shown must be what was sealed, too. */
function pastFault(lines: readonly AccessFields[], rows: StoredRows | undefined): string | undefined {
  const wrong = rows?.past.find(([index, digest]) => {
    const line = lines[index];
    return line === undefined || digestOfRow(line) !== digest;
  });
  return wrong && `its row ${wrong[0]} does not say what is sealed in it`;
}

/** What a reader is shown must be what was sealed, field by field. */
function rowsFault(
  { count }: BatchHeader,
  lines: readonly AccessFields[],
  rows: StoredRows | undefined,
): string | undefined {
  const which = lines.length === count ? 'accesses' : 'accesses whose time is not over';
  if (rows === undefined) return `its ${lines.length} ${which} are sealed, and no row shows them`;
  if (rows.count !== lines.length) return `${lines.length} ${which} are sealed in it, and ${rows.count} rows show them`;
  if (rows.digest !== digestOfRows(lines)) return 'its rows do not say what is sealed in it';
  return undefined;
}
