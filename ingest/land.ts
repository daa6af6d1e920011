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
import type { TenantId } from '../core/types.ts';
import { batchRow } from './batch-row.ts';
import type { Bus, Delivery } from './bus/bus.ts';
import { check } from './check.ts';
import { insert } from './insert.ts';
import type { LandLog } from './land-log.ts';
import { MergeQueue, mergeOf, tokenOf } from './merge-queue.ts';
import type { StreamHead } from './seal.ts';

/** A merge is sent when it is full, or when its oldest batch has waited this long. */
export const liveAgeMs = 1_000;
/** Two tables a merge, and each insert costs the server about 5 ms. */
const mergesPerSecondMax = 40;
const atOnceMax = 2;
const tickMs = 25;
const retryMsMax = 15_000;

/** What a landing touched: judging is driven by this. */
export interface Landed {
  readonly tenant: TenantId;
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

  #refuse({ batch, ack }: Delivery, reason: string): void {
    const { collector, tenant, seq } = batch.header;
    this.#deps.landLog.bury(batch, reason);
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
      const deliveries = queue.take(this.#deps.landLog.merge(queue.tenant), Date.now());
      if (deliveries.length > 0) await this.#land(queue.tenant, deliveries, signal);
    } catch (error) {
      if (!signal.aborted) this.#failure = { error };
    } finally {
      queue.busy = false;
      this.#running -= 1;
    }
  }

  async #land(tenant: TenantId, deliveries: readonly Delivery[], signal: AbortSignal): Promise<void> {
    const { landLog } = this.#deps;
    landLog.begin(tenant, mergeOf(deliveries));
    const opened = deliveries.flatMap((delivery) => this.#open(delivery) ?? []);
    try {
      if (opened.length > 0) await this.#insertUntilTaken(tenant, deliveries, opened, signal);
    } catch (error) {
      if (!isFault(error, 'STORE_REFUSED')) throw error;
      return this.#landAlone(tenant, deliveries, error, signal);
    }
    const heads = deliveries.map(
      ({ batch: { header } }) => [header.collector, { seq: header.seq + 1, prev: headerHash(header) }] as const,
    );
    landLog.finish(tenant, new Map<string, StreamHead>(heads));
    this.merges += 1;
    for (const { delivery } of opened) this.#landed(delivery);
  }

  /** The lines of a batch that is what its signature says; one that is not is refused. */
  #open(delivery: Delivery): Opened | undefined {
    try {
      const lines = accessLines(delivery.batch);
      checkRoot(delivery.batch, lines);
      return { delivery, lines };
    } catch (error) {
      if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
      this.#refuse(delivery, error.message);
      return undefined;
    }
  }

  async #insertUntilTaken(
    tenant: TenantId,
    merge: readonly Delivery[],
    opened: readonly Opened[],
    signal: AbortSignal,
  ) {
    const { clientOf, log } = this.#deps;
    const client = clientOf(tenant);
    if (!client) return;
    const token = tokenOf(tenant, mergeOf(merge));
    for (let attempt = 1; ; attempt += 1) {
      try {
        // The evidence first: a reader never sees an access whose batch is not there.
        const batches = opened.map(({ delivery }) => batchRow(delivery.batch));
        await insert(client, 'batches', 'RowBinary', batches, token, signal);
        const lines = opened.map((one) => one.lines);
        return await insert(client, 'accesses', 'JSONEachRow', lines, token, signal);
      } catch (error) {
        if (signal.aborted || !isFault(error) || !error.retry) throw error;
        const waitMs = Math.min(retryMsMax, 100 * 2 ** Math.min(attempt, 10));
        log.warn({ tenant, attempt, waitMs, ...error.about }, 'not landed, will retry');
        await sleep(waitMs, undefined, { signal });
      }
    }
  }

  /** A merge the store refused for its content is landed batch by batch, so that one bad batch does not stop a stream. */
  async #landAlone(
    tenant: TenantId,
    deliveries: readonly Delivery[],
    error: Fault,
    signal: AbortSignal,
  ): Promise<void> {
    const [only, ...more] = deliveries;
    if (only && more.length === 0) {
      const { header } = only.batch;
      this.#refuse(only, error.message);
      const after = { seq: header.seq + 1, prev: headerHash(header) };
      return this.#deps.landLog.finish(tenant, new Map([[header.collector, after]]));
    }
    for (const delivery of deliveries) await this.#land(tenant, [delivery], signal);
  }

  #landed({ batch: { header }, ack }: Delivery): void {
    this.rows += header.count;
    ack();
    this.#deps.onLanded?.({ tenant: header.tenant, rows: header.count, from: header.from, until: header.until });
  }
}
