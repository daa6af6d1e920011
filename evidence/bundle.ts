/** Writes an evidence bundle: a BagIt 1.0 bag in a zip, laid out as docs/formats.md says. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { headerBlock } from '../core/batch.ts';
import { Fault } from '../core/errors.ts';
import { rawText, recordsHash } from '../core/records.ts';
import { type Bag, makeBag } from './bag.ts';
import { createBatchCache, type OpenedAccess } from './batch-cache.ts';
import type { AccessPlace, BundleReader } from './reader.ts';
import { readme } from './readme.ts';
import { redactedLine, redactedProof } from './redact.ts';
import {
  accessesMax,
  type BundleQuery,
  type ChainLine,
  type CustodyAct,
  chainFile,
  fingerprintOf,
  type Gap,
  headersMax,
  keyFile,
  type ProofLine,
  payload,
  type RecordsLine,
  type StreamRun,
} from './verify-format.ts';
import { objectOf } from './verify-report.ts';

/** Damaged batches listed one by one in `gaps.json`; past that their number only. */
const damageListedMax = 10_000;

export interface BundleOrder extends BundleQuery {
  /** Where the zip goes; nothing may be there yet. Work files lie beside it until it is whole. */
  readonly out: string;
  readonly reader: BundleReader;
  /** The exporter's Ed25519 private key. */
  readonly key: KeyObject;
  /** Who exports, for the custody. */
  readonly by: string;
  /** Program and version, for the custody. */
  readonly tool: string;
  /** When, for the custody: ISO 8601, UTC, milliseconds. The only thing in which two exports of one range differ. */
  readonly at: string;
  /** Ids of accesses to show as a hash only. */
  readonly redact?: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

export interface BundleSummary {
  readonly accesses: number;
  readonly records: number;
  readonly redacted: number;
  readonly streams: readonly StreamRun[];
  readonly gaps: readonly Gap[];
  /** Fingerprint of the key that signed it. */
  readonly key: string;
}

/**
 * Streams: at no time does it hold more than 64 MiB of batches and one access. Throws USAGE for a range of more than
 * 5,000,000 accesses or 1,000,000 batches, or an `out` that exists. A batch that is missing or damaged does not stop
 * it: what can be shown is shown, and the gap is written down.
 */
export async function writeBundle(order: BundleOrder): Promise<BundleSummary> {
  const { out, reader, signal } = order;
  const query = queryOf(order);
  return makeBag(out, async (bag, pack) => {
    const gaps: Gap[] = [...(await reader.gaps(query, signal))];
    const streams = await writeStreams(order, query, bag, gaps);
    const counts = await writeAccesses(order, query, bag, gaps);
    await bag.file(payload.gaps, `${JSON.stringify({ streams, gaps }, null, 2)}\n`);
    await bag.file(payload.readme, readme(query));
    const key = fingerprintOf(createPublicKey(order.key));
    const act: CustodyAct = { act: 'exported', at: order.at, by: order.by, tool: order.tool, key, query };
    await bag.seal([counts.redacted > 0 ? { ...act, lines: counts.redacted } : act], order.key);
    signal.throwIfAborted();
    await pack(query);
    return { ...counts, streams, gaps, key };
  });
}

function queryOf({ tenant, from, until, actor }: BundleQuery): BundleQuery {
  return actor === undefined ? { tenant, from, until } : { tenant, from, until, actor };
}

/** Per collector: its keys, and the headers of the range with those between. */
async function writeStreams(order: BundleOrder, query: BundleQuery, bag: Bag, gaps: Gap[]): Promise<StreamRun[]> {
  const { reader, signal } = order;
  const runs: StreamRun[] = [];
  let headers = 0;
  for (const range of await reader.streams(query, signal)) {
    const { collector } = range;
    const keys = reader.keys(collector).map((key) => key.export({ type: 'spki', format: 'pem' }));
    await bag.file(keyFile(collector), keys.join(''));
    const part = await bag.part(chainFile(collector));
    let run: StreamRun | undefined;
    for await (const { header, sig } of reader.headers(range, signal)) {
      headers += 1;
      if (headers > headersMax) throw tooMuch(`${headersMax} batches`);
      const due = run ? run.last + 1 : range.first;
      if (header.seq > due) gaps.push(missing(collector, due, header.seq - 1));
      await part.line(JSON.stringify({ block: headerBlock(header), sig } satisfies ChainLine));
      run = { collector, first: run?.first ?? header.seq, last: header.seq, prev: run?.prev ?? header.prev };
    }
    await part.close();
    const last = run?.last ?? range.first - 1;
    if (last < range.last) gaps.push(missing(collector, last + 1, range.last));
    if (run) runs.push(run);
  }
  return runs;
}

function missing(source: string, first: number, last: number): Gap {
  const which = first === last ? `batch ${first} is` : `batches ${first} to ${last} are`;
  return { source, kind: 'missing', what: `${which} not in the store` };
}

async function writeAccesses(order: BundleOrder, query: BundleQuery, bag: Bag, gaps: Gap[]) {
  const { reader, signal, redact } = order;
  const opened = createBatchCache(
    (collector, seq) => reader.batch(collector, seq, signal),
    (batch) => reader.opener.open(batch, signal),
  );
  const damage = createDamage(gaps);
  const accesses = await bag.part(payload.accesses);
  const records = await bag.part(payload.records);
  const proofs = await bag.part(payload.proofs);
  const counts = { accesses: 0, records: 0, redacted: 0 };
  for await (const place of reader.accesses(query, signal)) {
    const { id, collector, seq, index } = place;
    const batch = await opened(collector, seq);
    if ('damage' in batch) {
      damage.note(place, batch.damage);
      continue;
    }
    const access = batch.access(index);
    const fault = access ? accessFault(place, access) : `it has no access ${index}`;
    if (!access || fault) {
      damage.note(place, fault ?? '');
      continue;
    }
    if (counts.accesses + counts.redacted >= accessesMax) throw tooMuch(`${accessesMax} accesses`);
    const proof: ProofLine = { collector, seq, index, salt: access.salt, proof: access.proof };
    if (redact?.has(id)) {
      await accesses.line(redactedLine(access.leaf));
      await records.line(redactedLine(access.leaf));
      await proofs.line(JSON.stringify(redactedProof(proof, access.leaf)));
      counts.redacted += 1;
      continue;
    }
    await accesses.line(access.line);
    await records.line(JSON.stringify({ id, raw: access.records.map(rawText) } satisfies RecordsLine));
    await proofs.line(JSON.stringify(proof));
    counts.accesses += 1;
    counts.records += access.records.length;
  }
  for (const part of [accesses, records, proofs]) await part.close();
  damage.close();
  return counts;
}

/** What the store says of an access must be what was sealed. */
function accessFault({ id, index }: AccessPlace, { line, records }: OpenedAccess): string | undefined {
  const sealed = objectOf(line);
  if (sealed?.['id'] !== id) return `the store names access ${index} of it by another id than was sealed`;
  if (sealed['records_sha256'] === recordsHash(records)) return undefined;
  return `the records of access ${index} are not those it was sealed with`;
}

/** One gap for each batch that cannot be shown, with how many of the range's accesses are lost with it. */
function createDamage(gaps: Gap[]) {
  const batches = new Map<string, { source: string; seq: number; what: string; accesses: number }>();
  let unlisted = 0;
  return {
    note({ collector, seq }: AccessPlace, what: string): void {
      const key = `${seq} ${collector}`;
      const known = batches.get(key);
      if (known) known.accesses += 1;
      else if (batches.size < damageListedMax) batches.set(key, { source: collector, seq, what, accesses: 1 });
      else unlisted += 1;
    },
    close(): void {
      for (const { source, seq, what, accesses } of batches.values()) {
        gaps.push({ source, kind: 'damaged', what: `batch ${seq}, ${accesses} accesses not shown: ${what}` });
      }
      if (unlisted > 0) gaps.push({ source: '*', kind: 'damaged', what: `${unlisted} accesses more are not shown` });
    },
  };
}

const tooMuch = (what: string): Fault =>
  new Fault('USAGE', `the range holds more than ${what}, which is the most one bundle takes; ask for a shorter range`);
