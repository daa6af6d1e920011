/** What a backup holds, written from one store and landed in another. Restoring is landing again: every batch is checked. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { accessLines, checkRoot, headerHash, readWireHeaders, wireHeaders } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import { Fault } from '../core/errors.ts';
import type { BatchHeader, SealedBatch, TenantId } from '../core/types.ts';
import { checkpointSignatureHolds, readCheckpoint, type SignedCheckpoint } from '../evidence/checkpoint.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import type { PastAct } from '../evidence/keeping.ts';
import { linkFault, signerOf } from '../evidence/verify-chain.ts';
import { batchRow } from '../ingest/batch-row.ts';
import { type CarriedKeys, carriedKeys, registeredKeys, takeCarriedKeys } from '../ingest/keys/collectors.ts';
import { FileKeys, type PrivateHalf } from '../ingest/keys/file-keys.ts';
import { LandLog } from '../ingest/land-log.ts';
import { isPresent, missingLines } from '../ingest/present.ts';
import type { BackupWriter, OpenBackup } from '../store/backup-file.ts';
import type { Store } from '../store/index.ts';
import { insert } from '../store/insert.ts';
import { presentIn } from '../store/landing.ts';
import { auditBatches } from '../store/queries/audit.ts';
import { batchOf } from '../store/queries/batch-row.ts';
import { checkpointsFrom, saveCheckpoints } from '../store/queries/checkpoints.ts';
import { streamHeads } from '../store/queries/stream-heads.ts';
import { all, run } from '../store/query.ts';

const batchesAtOnce = 256;
const checkpointsAtOnce = 5_000;
/** Of one insert. */
const mergeRowsMax = 20_000;
const mergeBytesMax = 32 * 1024 * 1024;

export interface Content {
  readonly batches: number;
  readonly accesses: number;
  readonly checkpoints: number;
}

/** Everything of one client, as it lies. What lands meanwhile is not in it. */
export async function writeContent(
  writer: BackupWriter,
  {
    store,
    tenant,
    dataDir,
    past,
  }: { store: Store; tenant: TenantId; dataDir: string; past: readonly PastAct[] | undefined },
  told: { signal: AbortSignal; onAccesses?: (accesses: number) => void },
): Promise<Content> {
  const { signal } = told;
  const db = store.client('read', tenant);
  if (past) writer.add('h', Buffer.from(JSON.stringify(past)));
  const counted = { batches: 0, accesses: 0, checkpoints: 0 };
  for (const own of new FileKeys(dataDir).privateHalves(tenant)) writer.add('s', Buffer.from(JSON.stringify(own)));
  for (const { collector, next } of await all(db, streamHeads, {}, signal)) {
    writer.add('k', Buffer.from(JSON.stringify(carriedKeys(dataDir, collector))));
    for (let first = 0; first < next; first += batchesAtOnce) {
      const last = Math.min(next, first + batchesAtOnce) - 1;
      for await (const row of run(db, auditBatches, { collector, first, last }, signal)) {
        const batch = batchOf(row, tenant);
        const headers = Buffer.from(`${JSON.stringify(wireHeaders(batch))}\n`);
        writer.add('b', Buffer.concat([headers, batch.value]));
        counted.batches += 1;
        counted.accesses += batch.header.count;
        told.onAccesses?.(counted.accesses);
      }
    }
  }
  for (let first = 0; ; ) {
    const part = await all(db, checkpointsFrom, { first, limit: checkpointsAtOnce }, signal);
    for (const checkpoint of part) writer.add('c', Buffer.from(JSON.stringify(checkpoint)));
    counted.checkpoints += part.length;
    const last = part.at(-1);
    if (!last || part.length < checkpointsAtOnce) break;
    first = readCheckpoint(last.block).number + 1;
  }
  writer.finish(Buffer.from(JSON.stringify(counted)));
  return counted;
}

interface Target {
  readonly store: Store;
  readonly tenant: TenantId;
  readonly dataDir: string;
  readonly opener: Opener;
  readonly diskKeyHex: string;
  /** Given what the backup says of holds and retention, before anything is landed; never called where it says nothing. */
  readonly onKeeping?: (past: readonly PastAct[]) => Promise<void>;
}

export interface Restored extends Content {
  /** Batches that were not there. */
  readonly fresh: number;
  /** Checkpoints that another key signed than the one of this vault. */
  readonly foreign: number;
}

/** Lands what is not there yet. Throws EVIDENCE_BROKEN, naming the batch, before anything of a bad one is stored. */
export async function landContent(
  backup: OpenBackup,
  target: Target,
  told: { signal: AbortSignal; onAccesses?: (accesses: number) => void },
): Promise<Restored> {
  const landing = new Landing(target, told.signal);
  let accesses = 0;
  let batches = 0;
  const checkpoints: { block: string; sig: string }[] = [];
  for (const { kind, payload } of backup.frames(target.diskKeyHex)) {
    if (kind === 'h') await target.onKeeping?.(JSON.parse(payload.toString()) as PastAct[]);
    else if (kind === 'k') landing.register(JSON.parse(payload.toString()) as CarriedKeys);
    else if (kind === 's')
      new FileKeys(target.dataDir).restore(target.tenant, JSON.parse(payload.toString()) as PrivateHalf);
    else if (kind === 'c') checkpoints.push(JSON.parse(payload.toString()) as { block: string; sig: string });
    else if (kind === 'b') {
      const line = payload.indexOf(10);
      const headers = JSON.parse(payload.toString('latin1', 0, line)) as Record<string, string>;
      const batch = { ...readWireHeaders(headers), value: payload.subarray(line + 1) };
      await landing.take(batch);
      batches += 1;
      accesses += batch.header.count;
      told.onAccesses?.(accesses);
    }
  }
  await landing.flush();
  await restoreCheckpoints(target, checkpoints, told.signal);
  await landing.remember();
  return {
    batches,
    accesses,
    checkpoints: checkpoints.length,
    fresh: landing.fresh,
    foreign: foreignOf(target, checkpoints),
  };
}

function foreignOf({ dataDir }: Target, checkpoints: readonly SignedCheckpoint[]): number {
  const key = createPublicKey(vaultKey(dataDir));
  return checkpoints.filter((one) => !checkpointSignatureHolds(one, key)).length;
}

async function restoreCheckpoints(
  { store, tenant }: Target,
  checkpoints: readonly { block: string; sig: string }[],
  signal: AbortSignal,
): Promise<void> {
  const db = store.client('witness', tenant);
  // Not those behind the last alone: whoever started Cordon before the restore has made newer ones already.
  const known = await numbersIn(db, signal);
  const rows = checkpoints
    .map(({ block, sig }) => ({
      block,
      sig,
      number: readCheckpoint(block).number,
      at: Date.parse(readCheckpoint(block).at),
    }))
    .filter(({ number }) => !known.has(number));
  if (rows.length > 0) await saveCheckpoints(db, rows, signal);
}

async function numbersIn(db: ReturnType<Store['client']>, signal: AbortSignal): Promise<ReadonlySet<number>> {
  const numbers = new Set<number>();
  for (let first = 0; ; ) {
    const part = await all(db, checkpointsFrom, { first, limit: checkpointsAtOnce }, signal);
    for (const { block } of part) numbers.add(readCheckpoint(block).number);
    const last = part.at(-1);
    if (!last || part.length < checkpointsAtOnce) return numbers;
    first = readCheckpoint(last.block).number + 1;
  }
}

class Landing {
  readonly #target: Target;
  readonly #signal: AbortSignal;
  readonly #keys = new Map<string, readonly KeyObject[]>();
  readonly #previous = new Map<string, BatchHeader>();
  #merge: { readonly batch: SealedBatch; readonly lines: Buffer }[] = [];
  #rows = 0;
  #bytes = 0;
  /** Batches that were not there. */
  fresh = 0;

  constructor(target: Target, signal: AbortSignal) {
    this.#target = target;
    this.#signal = signal;
  }

  /** Keys that are registered here stay; a machine that has none takes the backup's, which only the client's key could write. */
  register(carried: CarriedKeys): void {
    takeCarriedKeys(this.#target.dataDir, carried);
    this.#keys.set(carried.collector, registeredKeys(this.#target.dataDir, carried.collector));
  }

  async take(batch: SealedBatch): Promise<void> {
    const { header } = batch;
    const keys = this.#keys.get(header.collector);
    const before = this.#previous.get(header.collector);
    // A batch that never landed is missing in the backup as well; what comes behind it is whole in itself.
    const follows = before !== undefined && header.seq === before.seq + 1 ? before : undefined;
    const fault = keys ? linkFault(follows, batch, signerOf(batch, keys)) : 'its collector has no key';
    if (fault !== undefined || header.tenant !== this.#target.tenant)
      throw new Fault(
        'EVIDENCE_BROKEN',
        `the backup is not what was sealed: ${header.collector}: ${fault ?? 'another client'}`,
      );
    const opened = await this.#target.opener.open(batch, this.#signal);
    const lines = accessLines(opened);
    checkRoot(opened, lines);
    this.#previous.set(header.collector, header);
    this.#merge.push({ batch, lines });
    this.#rows += header.count;
    this.#bytes += lines.length + batch.value.length;
    if (this.#rows >= mergeRowsMax || this.#bytes >= mergeBytesMax) await this.flush();
  }

  async flush(): Promise<void> {
    const { store, tenant } = this.#target;
    const merge = this.#merge;
    const [first] = merge;
    if (!first) return;
    const headers = merge.map(({ batch }) => batch.header);
    const present = await presentIn(store)(tenant, headers, this.#signal);
    const client = store.client('land', tenant);
    const { collector, seq } = first.batch.header;
    const token = `restore ${collector} ${seq} ${present.batches.size} ${present.accesses.size}`;
    const missing = merge.filter(({ batch }) => !isPresent(batch.header, present));
    if (missing.length > 0)
      await insert(
        client,
        'batches',
        missing.flatMap(({ batch }) => batchRow(batch)),
        token,
        this.#signal,
      );
    const lines = merge.flatMap((one) => missingLines(one.batch.header, one.lines, present));
    if (lines.some(({ length }) => length > 0)) await insert(client, 'accesses', lines, token, this.#signal);
    this.fresh += missing.length;
    this.#merge = [];
    this.#rows = 0;
    this.#bytes = 0;
  }

  /** The lander goes on behind what was restored. */
  async remember(): Promise<void> {
    const { dataDir, tenant } = this.#target;
    await using landLog = new LandLog(dataDir);
    const heads = [...this.#previous.values()]
      .filter(({ collector, seq }) => landLog.head(collector, tenant).seq <= seq)
      .map((header) => [header.collector, { seq: header.seq + 1, prev: headerHash(header) }] as const);
    landLog.advance(tenant, heads);
  }
}
