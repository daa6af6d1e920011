/**
 * Takes batches off the bus, checks them, and puts them into their tenant's database, once only. A tenant's waiting
 * batches are merged into one insert, because an insert costs the server the same whatever its size.
 */
import type { KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { accessLines, checkRoot, headerHash } from '../core/batch.ts';
import { type Fault, isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { BatchHeader, TenantId } from '../core/types.ts';
import { batchRow } from './batch-row.ts';
import type { Bus, Delivery } from './bus/bus.ts';
import { check } from './check.ts';
import { insert } from './insert.ts';
import type { LandLog, Merge } from './land-log.ts';
import { MergeQueue, mergeOf, tokenOf } from './merge-queue.ts';
import { isPresent, missingLines, nothingPresent, type Present } from './present.ts';
import type { StreamHead } from './seal.ts';

/** A merge is sent when it is full, or when its oldest batch has waited this long. */
const liveAgeMs = 1_000;
/** Two tables a merge, and each insert costs the server about 5 ms. */
const mergesPerSecondMax = 40;
const atOnceMax = 2;
const tickMs = 25;
const retryMsMax = 15_000;

/** What a landing touched: judging is driven by this. */
export interface Landed {
  readonly tenant: TenantId;
  readonly collector: string;
  readonly seq: number;
  readonly rows: number;
  /** ISO 8601. */
  readonly from: string;
  readonly until: string;
}

export interface LanderDeps {
  readonly bus: Bus;
  readonly landLog: LandLog;
  /** As the tenant's landing user; `undefined` for a tenant that is not known. */
  readonly clientOf: (tenant: TenantId) => ClickHouseClient | undefined;
  /** Asked before an insert is repeated that the store may have taken. Throws a Fault that is worth a retry. */
  readonly presentOf: (tenant: TenantId, headers: readonly BatchHeader[], signal: AbortSignal) => Promise<Present>;
  /** The registered key of a collector. */
  readonly keyOf: (collector: string) => KeyObject | undefined;
  readonly log: Log;
  readonly ageMs?: number;
  readonly onLanded?: (landed: Landed) => void;
}

interface Opened {
  readonly delivery: Delivery;
  readonly lines: Buffer;
}

interface Insertion {
  readonly tenant: TenantId;
  readonly merge: Merge;
  readonly opened: readonly Opened[];
  readonly again: boolean;
}

interface Refused {
  readonly delivery: Delivery;
  readonly error: Fault;
}

export class Lander {
  readonly #deps: LanderDeps;
  readonly #queues = new Map<TenantId, MergeQueue>();
  /** Where each stream stands counting what waits here, by `tenant/collector`. */
  readonly #accepted = new Map<string, StreamHead>();
  #hurried = false;
  #running = 0;
  #failure: { readonly error: unknown } | undefined;
  rows = 0;
  merges = 0;
  refused = 0;

  constructor(deps: LanderDeps) {
    this.#deps = deps;
  }

  /** Sends what waits without waiting for more: at the end of an import. */
  hurry(): void {
    this.#hurried = true;
  }

  /** Runs until aborted; throws what stopped it. */
  async run(signal: AbortSignal): Promise<void> {
    const receiving = this.#receive(signal);
    let allowance = mergesPerSecondMax;
    while (!signal.aborted && !this.#failure) {
      allowance = Math.min(mergesPerSecondMax, allowance + (mergesPerSecondMax * tickMs) / 1_000);
      allowance -= this.#startDue(Math.floor(allowance), signal);
      await sleep(tickMs, undefined, { signal }).catch(() => undefined);
    }
    while (this.#running > 0) await sleep(tickMs);
    if (this.#failure && !signal.aborted) throw this.#failure.error;
    await receiving;
  }

  async #receive(signal: AbortSignal): Promise<void> {
    try {
      for await (const delivery of this.#deps.bus.receive(signal)) this.#accept(delivery);
    } catch (error) {
      this.#failure = { error };
    }
  }

  #accept(delivery: Delivery): void {
    const { landLog, clientOf, keyOf, log } = this.#deps;
    const { collector, tenant, seq } = delivery.batch.header;
    if (!clientOf(tenant)) {
      this.#refuse(delivery, 'its tenant is not known here');
      return;
    }
    const stream = `${tenant}/${collector}`;
    const landed = landLog.head(collector, tenant);
    const verdict = check(delivery.batch, this.#accepted.get(stream) ?? landed, keyOf(collector));
    if (verdict.is === 'refused') {
      this.#refuse(delivery, verdict.reason);
      return;
    }
    if (verdict.is === 'again') {
      // Landed before: the bus may forget it. Waiting here: the acknowledgement of its first delivery will do.
      if (seq < landed.seq) delivery.ack();
      return;
    }
    if (verdict.is === 'after-gap')
      log.error({ collector, tenant, seq, missing: verdict.missing }, 'a stream has a gap');
    this.#accepted.set(stream, verdict.head);
    const queue = this.#queues.get(tenant) ?? new MergeQueue(tenant);
    this.#queues.set(tenant, queue);
    queue.add(delivery, Date.now());
  }

  #refuse(delivery: Delivery, reason: string): void {
    this.#deps.landLog.bury(delivery.batch, reason);
    this.#refused(delivery, reason);
  }

  #refused({ batch, ack }: Delivery, reason: string): void {
    const { collector, tenant, seq } = batch.header;
    this.refused += 1;
    this.#deps.log.error({ collector, tenant, seq, reason }, 'a batch was refused and is kept as dead');
    ack();
  }

  /** Oldest first, as many as the limits allow. */
  #startDue(allowance: number, signal: AbortSignal): number {
    const { ageMs = liveAgeMs } = this.#deps;
    const now = Date.now();
    const isDue = ({ busy, full, since }: MergeQueue): boolean =>
      !busy && since !== undefined && (this.#hurried || full || now - since >= ageMs);
    const due = [...this.#queues.values()]
      .filter(isDue)
      .sort((a, b) => (a.since ?? now) - (b.since ?? now))
      .slice(0, Math.max(0, Math.min(allowance, atOnceMax - this.#running)));
    for (const queue of due) void this.#landNext(queue, signal);
    return due.length;
  }

  async #landNext(queue: MergeQueue, signal: AbortSignal): Promise<void> {
    queue.busy = true;
    this.#running += 1;
    try {
      const interrupted = this.#deps.landLog.merge(queue.tenant);
      const deliveries = queue.take(interrupted, Date.now());
      if (deliveries.length > 0) await this.#land(queue.tenant, deliveries, signal, interrupted !== undefined);
    } catch (error) {
      if (!signal.aborted) this.#failure = { error };
    } finally {
      queue.busy = false;
      this.#running -= 1;
    }
  }

  async #land(tenant: TenantId, deliveries: readonly Delivery[], signal: AbortSignal, again = false): Promise<void> {
    const { landLog } = this.#deps;
    const merge = mergeOf(deliveries);
    landLog.begin(tenant, merge);
    const { opened, broken } = opening(deliveries);
    try {
      if (opened.length > 0) await this.#insertUntilTaken({ tenant, merge, opened, again }, signal);
    } catch (error) {
      if (!isFault(error, 'STORE_REFUSED')) throw error;
      landLog.keep(tenant, opened.map(headerOf));
      const [only, ...more] = deliveries;
      if (only && more.length === 0) return this.#finish(tenant, deliveries, [], [{ delivery: only, error }]);
      // Batch by batch, so that one that the store refuses for its content does not stop the others.
      for (const delivery of deliveries) await this.#land(tenant, [delivery], signal);
      return;
    }
    this.#finish(tenant, deliveries, opened, broken);
    this.merges += 1;
  }

  /**
   * Only here are batches acknowledged, refused ones too: one that the bus forgot before the merge was over would be
   * waited for by whoever takes the merge up after a crash.
   */
  #finish(
    tenant: TenantId,
    deliveries: readonly Delivery[],
    opened: readonly Opened[],
    refused: readonly Refused[],
  ): void {
    const { landLog } = this.#deps;
    for (const { delivery, error } of refused) landLog.bury(delivery.batch, error.message);
    const heads = deliveries.map(
      ({ batch: { header } }) => [header.collector, { seq: header.seq + 1, prev: headerHash(header) }] as const,
    );
    landLog.finish(tenant, mergeOf(deliveries), new Map<string, StreamHead>(heads));
    for (const { delivery, error } of refused) this.#refused(delivery, error.message);
    for (const { delivery } of opened) this.#landed(delivery);
  }

  /** `again`: an earlier run may have got it in, wholly or in part. */
  async #insertUntilTaken({ tenant, merge, opened, again }: Insertion, signal: AbortSignal): Promise<void> {
    const { clientOf, log } = this.#deps;
    const client = clientOf(tenant);
    if (!client) return;
    const token = tokenOf(tenant, merge);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const present =
          again || attempt > 1 ? await this.#deps.presentOf(tenant, opened.map(headerOf), signal) : nothingPresent;
        const batches = opened.filter((one) => !this.#isStored(tenant, headerOf(one), present));
        const rows = batches.map(({ delivery }) => batchRow(delivery.batch));
        // The evidence first: a reader never sees an access whose batch is not there.
        if (rows.length > 0) await insert(client, 'batches', 'RowBinary', rows, token, signal);
        const lines = opened.flatMap((one) => missingLines(headerOf(one), one.lines, present));
        if (lines.length > 0) await insert(client, 'accesses', 'JSONEachRow', lines, token, signal);
        return;
      } catch (error) {
        if (signal.aborted || !isFault(error) || !error.retry) throw error;
        const waitMs = Math.min(retryMsMax, 100 * 2 ** Math.min(attempt, 10));
        log.warn({ tenant, attempt, waitMs, ...error.about }, 'not landed, will retry');
        await sleep(waitMs, undefined, { signal });
      }
    }
  }

  #isStored(tenant: TenantId, header: BatchHeader, present: Present): boolean {
    return isPresent(header, present) || this.#deps.landLog.isKept(tenant, header);
  }

  #landed({ batch: { header }, ack }: Delivery): void {
    this.rows += header.count;
    ack();
    const { tenant, collector, seq, from, until } = header;
    this.#deps.onLanded?.({ tenant, collector, seq, rows: header.count, from, until });
  }
}

const headerOf = ({ delivery }: Opened): BatchHeader => delivery.batch.header;

/** The lines of each batch that is what its signature says, and the batches that are not. */
function opening(deliveries: readonly Delivery[]): { opened: Opened[]; broken: Refused[] } {
  const opened: Opened[] = [];
  const broken: Refused[] = [];
  for (const delivery of deliveries) {
    try {
      const lines = accessLines(delivery.batch);
      checkRoot(delivery.batch, lines);
      opened.push({ delivery, lines });
    } catch (error) {
      if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
      broken.push({ delivery, error });
    }
  }
  return { opened, broken };
}
