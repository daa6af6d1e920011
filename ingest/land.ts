/**
 * Takes batches off the bus, checks them, and puts them into their tenant's database, once only. A tenant's waiting
 * batches are merged into one insert, because an insert costs the server the same whatever its size.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchHeader, TenantId } from '../core/types.ts';
import type { Bus, Delivery } from './bus/bus.ts';
import { Lane, type LaneDeps } from './lane.ts';
import { MergePace } from './merge-pace.ts';
import { mergeRowsMax } from './merge-queue.ts';

/** A merge is sent when it is full, or when its oldest batch has waited this long; longer under load. */
const liveAgeMs = 1_000;
const atOnceMax = 2;
const tickMs = 25;

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

/** A batch that was not landed and is kept as a dead letter. */
export interface Refused {
  readonly tenant: TenantId;
  readonly collector: string;
  readonly seq: number;
  /** A sentence's rest; the same for all batches that have the same fault. */
  readonly reason: string;
}

export interface LanderDeps extends Pick<LaneDeps, 'store' | 'landLog' | 'keysOf' | 'opener' | 'log'> {
  readonly bus: Bus;
  /** The least age of a merge that is not full. */
  readonly ageMs?: number;
  readonly onLanded?: (landed: Landed) => void;
  readonly onRefused?: (refused: Refused) => void;
}

export class Lander {
  readonly #deps: LanderDeps;
  /** By tenant and lane. */
  readonly #lanes = new Map<string, Lane>();
  readonly #laneDeps: LaneDeps;
  readonly #pace: MergePace;
  #hurried = false;
  #running = 0;
  #wake: () => void = () => undefined;
  #failure: { readonly error: unknown } | undefined;
  rows = 0;
  merges = 0;
  refused = 0;

  constructor(deps: LanderDeps) {
    this.#deps = deps;
    this.#pace = new MergePace(deps.ageMs ?? liveAgeMs, Date.now(), deps.bus.heldBytesMax);
    const { store, landLog, keysOf, opener, log } = deps;
    this.#laneDeps = {
      store,
      landLog,
      keysOf,
      opener,
      log,
      lander: randomBytes(8).toString('hex'),
      onLanded: (header) => this.#landed(header),
      onRefused: (delivery, reason) => this.#refuse(delivery, reason),
      onMerged: () => {
        this.merges += 1;
      },
    };
  }

  /** Sends what waits without waiting for more: at the end of an import. */
  hurry(): void {
    this.#hurried = true;
  }

  /** Runs until aborted; throws what stopped it. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    const receiving = this.#receive(signal);
    while (!signal.aborted && !this.#failure) {
      this.#startDue(signal);
      await this.#untilMore();
    }
    while (this.#running > 0) await sleep(tickMs);
    if (this.#failure && !signal.aborted) throw this.#failure.error;
    await receiving;
  }

  /** A tick, or less when there is room for another merge or the signal is aborted. */
  #untilMore(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, tickMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #receive(signal: AbortSignal): Promise<void> {
    try {
      const reception = {
        restMs: () => (this.#hurried ? 0 : this.#pace.restMs(Date.now())),
        onCame: (batches: number, lanes: number) => this.#pace.came(batches, lanes, Date.now()),
      };
      for await (const delivery of this.#deps.bus.receive(signal, reception)) this.#accept(delivery);
    } catch (error) {
      this.#failure = { error };
    }
  }

  #accept(delivery: Delivery): void {
    const { tenant, count } = delivery.batch.header;
    if (!this.#deps.store.knows(tenant)) {
      this.#refuse(delivery, 'its tenant is not known here');
      return;
    }
    const key = `${tenant} ${delivery.lane}`;
    const lane = this.#lanes.get(key) ?? new Lane(tenant, delivery.lane, this.#laneDeps);
    this.#lanes.set(key, lane);
    const now = Date.now();
    lane.accept(delivery, now);
    // What a header says is checked only when the batch is opened.
    this.#pace.arrived(Math.min(count, mergeRowsMax), now);
  }

  #refuse(delivery: Delivery, reason: string): void {
    const { collector, tenant, seq } = delivery.batch.header;
    this.refused += 1;
    this.#deps.log.error({ collector, tenant, seq, reason }, 'a batch was refused and is kept as dead');
    this.#deps.onRefused?.({ tenant, collector, seq, reason });
    delivery.refuse(reason);
  }

  #startDue(signal: AbortSignal): void {
    const limit = atOnceMax - this.#running;
    if (limit <= 0) return;
    const due = this.#pace.due(this.#lanes.values(), limit, Date.now(), this.#hurried);
    for (const { lane, ageMs } of due) void this.#work(lane, ageMs, signal);
  }

  async #work(lane: Lane, ageMs: number, signal: AbortSignal): Promise<void> {
    lane.busy = true;
    this.#running += 1;
    try {
      await lane.work(Date.now(), ageMs, signal);
    } catch (error) {
      if (!signal.aborted) this.#failure = { error };
    } finally {
      lane.busy = false;
      this.#running -= 1;
      this.#wake();
    }
  }

  #landed({ tenant, collector, seq, count, from, until }: BatchHeader): void {
    this.rows += count;
    this.#deps.onLanded?.({ tenant, collector, seq, rows: count, from, until });
  }
}
