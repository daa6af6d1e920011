/** The end of a client: its data dropped, its keys destroyed, a signed receipt of what can never be read again. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { headerHash } from '../core/batch.ts';
import { Fault, isFault } from '../core/errors.ts';
import { isoOf } from '../core/time.ts';
import type { TenantId } from '../core/types.ts';
import { writeDurably } from '../core/write-whole.ts';
import { checkpointHash, readCheckpoint } from '../evidence/checkpoint.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import { type Destroyed, signReceipt } from '../evidence/receipt.ts';
import { LandLog } from '../ingest/land-log.ts';
import { Spool } from '../ingest/spool.ts';
import { forgetElsewhere } from '../store/elsewhere.ts';
import type { Store } from '../store/index.ts';
import { batchHeaders } from '../store/queries/batch-headers.ts';
import { headerOf } from '../store/queries/batch-row.ts';
import { lastCheckpoint } from '../store/queries/checkpoints.ts';
import { streamHeads } from '../store/queries/stream-heads.ts';
import { all, run } from '../store/query.ts';
import { destroyKeys, keyFilesOf, removeDisk } from '../store/tenant-keys.ts';
import { type Context, storeOf } from './context.ts';
import { holdsNow, keepingOf } from './keeping.ts';
import { receiptsOf } from './receipts.ts';

/** Looked at in the spool at a time. */
const spoolStep = 1_000;
/** As ClickHouse numbers its errors: UNKNOWN_DATABASE. */
const unknownDatabase = 81;

/** What there is of a client, before it is asked about a second time. */
export interface Doomed {
  readonly batches: Destroyed['batches'];
  readonly checkpoint: Destroyed['checkpoint'];
  readonly keyFiles: number;
}

export interface Receipt {
  readonly file: string;
  readonly block: string;
  readonly sig: string;
  /** Batches that were refused and kept, gone too. */
  readonly dead: number;
}

/** Throws USAGE when the client must not be destroyed, NOT_FOUND when nothing of it is here. */
export async function doomedOf(context: Context, tenant: TenantId, signal: AbortSignal): Promise<Doomed> {
  const { config, directory } = context;
  if (config.legal_hold.includes(tenant))
    throw new Fault(
      'USAGE',
      `${tenant} is under legal hold (legal_hold in ${config.file}); nothing of it is destroyed`,
    );
  if (directory.clients.has(tenant))
    throw new Fault('USAGE', `${tenant} is in the directory, so its data would come anew; take it out of it first`);
  await using spool = new Spool(config.data);
  const waiting = waitingOf(spool, tenant);
  if (waiting > 0)
    throw new Fault(
      'USAGE',
      `${waiting} batches of ${tenant} still wait in the spool; run \`cordon start\` until they have landed`,
    );
  const pending = readPending(config.data, tenant);
  if (!pending && keyFilesOf(config.data, tenant).length === 0)
    throw new Fault('NOT_FOUND', `there is nothing of a client \`${tenant}\` in ${config.data}`);
  await using store = await storeOf(context, 'own', signal);
  await refuseHeld(context, store, tenant, signal);
  const found = store.tenants.includes(tenant) ? await leftOf(store, tenant, pending, signal) : undefined;
  // What an interrupted destruction had written down is gone from the store, and still belongs on the receipt.
  const batches = new Map(
    [...(pending?.batches ?? []), ...(found?.batches ?? [])].map((batch) => [`${batch.collector} ${batch.seq}`, batch]),
  );
  const checkpoint = found?.checkpoint ?? pending?.checkpoint;
  const keyFiles = Math.max(pending?.keys ?? 0, keyFilesOf(config.data, tenant).length);
  return { batches: [...batches.values()], checkpoint, keyFiles };
}

/** Also when the log of holds is not whole: then nobody knows. */
async function refuseHeld({ config }: Context, store: Store, tenant: TenantId, signal: AbortSignal): Promise<void> {
  const [hold] = holdsNow(await keepingOf(config, store, signal), tenant, Date.now());
  if (hold)
    throw new Fault(
      'USAGE',
      `${tenant} is under legal hold ${hold.hold}, set ${hold.at} by ${hold.by}: ${hold.why}; nothing of it is destroyed before \`cordon tenants lift ${hold.hold}\``,
    );
}

export async function destroy(
  context: Context,
  tenant: TenantId,
  doomed: Doomed,
  signal: AbortSignal,
): Promise<Receipt> {
  const { data } = context.config;
  const destroyed: Destroyed = {
    tenant,
    at: isoOf(Date.now()),
    by: `${userInfo().username}@${hostname()}`,
    keys: doomed.keyFiles,
    checkpoint: doomed.checkpoint,
    batches: doomed.batches,
  };
  writeDurably(pendingFile(data, tenant), JSON.stringify(destroyed));
  {
    await using store = await storeOf(context, 'own', signal);
    await refuseHeld(context, store, tenant, signal);
    await store.tables.drop(tenant, signal);
    await store.tables.settle(tenant, signal);
  }
  // From here on no copy of the disk, wherever it is, can be read.
  destroyKeys(data, tenant);
  forgetElsewhere(data, tenant);
  removeDisk(data, tenant);
  await using landLog = new LandLog(data);
  const dead = landLog.forget(tenant);
  const signed = signReceipt(destroyed, vaultKey(data));
  const file = join(receiptsOf(data), `${tenant}-${destroyed.at.replaceAll(/[-:]|\.\d+/g, '')}.json`);
  writeDurably(file, `${JSON.stringify(signed)}\n`);
  rmSync(pendingFile(data, tenant), { force: true });
  return { file, dead, ...signed };
}

/** Cut off behind the drop and before the store had it written down, there is a client without a database: all of it is on the pending receipt. */
async function leftOf(store: Store, tenant: TenantId, pending: Destroyed | undefined, signal: AbortSignal) {
  try {
    return await contentOf(store, tenant, signal);
  } catch (error) {
    if (pending && isFault(error, 'STORE_REFUSED') && error.about['code'] === unknownDatabase) return undefined;
    throw error;
  }
}

async function contentOf(store: Store, tenant: TenantId, signal: AbortSignal) {
  const db = store.client('read', tenant);
  const batches: Destroyed['batches'][number][] = [];
  for (const { collector, next } of await all(db, streamHeads, {}, signal)) {
    for await (const row of run(db, batchHeaders, { collector, first: 0, last: next }, signal)) {
      const { header } = headerOf(row, tenant);
      batches.push({ collector, seq: header.seq, count: header.count, hash: headerHash(header) });
    }
  }
  const [last] = await all(db, lastCheckpoint, {}, signal);
  const checkpoint = last && { number: readCheckpoint(last.block).number, hash: checkpointHash(last.block) };
  return { batches, checkpoint };
}

function waitingOf(spool: Spool, tenant: TenantId): number {
  let count = 0;
  for (let place = 0; ; ) {
    let last: number | undefined;
    for (const waiting of spool.waiting(place, spoolStep)) {
      if (waiting.batch.header.tenant === tenant) count += 1;
      last = waiting.place;
    }
    if (last === undefined) return count;
    place = last + 1;
  }
}

const pendingFile = (data: string, tenant: TenantId) => join(receiptsOf(data), `${tenant}.pending`);

function readPending(data: string, tenant: TenantId): Destroyed | undefined {
  const file = pendingFile(data, tenant);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Destroyed) : undefined;
}
