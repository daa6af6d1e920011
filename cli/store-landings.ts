/**
 * What landed, whoever landed it, as the store tells it. Nobody sends a message for it: a merge writes its number beside its
 * batches, so what is new is what has a higher number in its lane. One question to a server says which clients grew, and only
 * those are asked. No clock is in it, so nothing is skipped: what is not told by its number is found by counting.
 */
import { Fault, isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Instant, TenantId } from '../core/types.ts';
import type { Landed } from '../ingest/land.ts';
import type { Store } from '../store/index.ts';
import { landedSince, laneEnds } from '../store/queries/landed.ts';
import { all } from '../store/query.ts';
import type { Size } from '../store/tenants.ts';
import { forEachClient } from './stored-days.ts';

/** Of one client at a time, and more than one merge has; the rest is told with the next question. */
const batchesMax = 50_000;
/** Batches remembered of a lane behind a merge whose accesses do not come; then it is given up. */
const rememberedMax = 200_000;
/** Rows that no merge explains, as a restored backup brings them, have the client's days judged again when they stay. */
const unexplainedMsMax = 10_000;

const nameOf = ({ collector, seq }: Pick<Landed, 'collector' | 'seq'>): string => `${collector}/${seq}`;

interface Lane {
  /** From which merge on batches may still be told. */
  from: number;
  /** The last merge known. */
  last: number;
  /** Up to this merge, batches were there at the beginning. */
  readonly base: number;
  /** Those of merges from `from` on that were told. */
  readonly told: Map<string, { readonly merge: number; whole: boolean }>;
}

const laneFrom = (merge: number): Lane => ({ from: merge, last: merge, base: merge, told: new Map() });

interface Client {
  readonly lanes: Map<string, Lane>;
  /** Rows of `batches` that are accounted for. */
  rows: number;
  /** When it was last asked: what it had then is told. */
  size: Size;
  unexplainedSince: Instant | undefined;
}

interface NewBatch extends Landed {
  readonly lane: string;
  readonly merge: number;
}

/** Of a client that is to be asked whatever its size is. */
const unknownSize: Size = { batches: -1, accesses: -1 };

const freshIn = (since: readonly NewBatch[], { lanes }: Client): number =>
  since.filter((batch) => {
    const lane = lanes.get(batch.lane);
    return lane && batch.merge > lane.base && !lane.told.has(nameOf(batch));
  }).length;

export interface News {
  readonly landed: readonly Landed[];
  /** Something came that no merge tells of: what is stored is to be judged again. */
  readonly again: boolean;
}

export class StoreLandings {
  readonly #store: Store;
  readonly #log: Log;
  readonly #now: () => Instant;
  readonly #clients = new Map<TenantId, Client>();
  /** What the last call told, until it is known whether it was whole. */
  readonly #told = new Map<TenantId, readonly NewBatch[]>();
  /** Clients of which something was told that is not known to be whole. */
  readonly #open = new Set<TenantId>();

  constructor(store: Store, log: Log, now: () => Instant = Date.now) {
    this.#store = store;
    this.#log = log;
    this.#now = now;
  }

  /**
   * Everything stored by now counts as told, but for the last merge of each lane: only its accesses may still be on their way.
   * Throws STORE_REFUSED for a store whose users are of an older Cordon.
   */
  async begin(signal: AbortSignal): Promise<void> {
    this.#clients.clear();
    this.#told.clear();
    this.#open.clear();
    const sizes = await this.#store.tables.sizes(signal);
    await forEachClient([...sizes.keys()], async (tenant) => {
      const ends = await this.#asked(() => all(this.#store.client('witness', tenant), laneEnds, {}, signal));
      const lanes = ends.filter(({ lane }) => lane !== '');
      this.#clients.set(tenant, {
        lanes: new Map(lanes.map(({ lane, merge }) => [lane, laneFrom(merge)])),
        rows: ends.reduce((sum, { batches }) => sum + batches, 0),
        // So that the first question asks each: of its last merges, accesses may have come in between.
        size: unknownSize,
        unexplainedSince: undefined,
      });
    });
  }

  /** What landed since the last call, and what was told and found to be short. */
  async news(signal: AbortSignal): Promise<News> {
    // Told, and never taken: something failed in between.
    for (const tenant of this.#told.keys()) {
      const client = this.#clients.get(tenant);
      if (client) client.size = unknownSize;
    }
    const sizes = await this.#store.tables.sizes(signal);
    const changed = [...sizes].filter(([tenant, { batches, accesses }]) => {
      const client = this.#clients.get(tenant);
      if (!client) return false;
      const { size, unexplainedSince } = client;
      return size.batches !== batches || size.accesses !== accesses || unexplainedSince !== undefined;
    });
    const landed: NewBatch[] = [];
    let again = false;
    this.#told.clear();
    await forEachClient(
      changed.map(([tenant]) => tenant),
      async (tenant) => {
        const client = this.#clients.get(tenant);
        const size = sizes.get(tenant);
        if (!client || !size) return;
        const { batches, unexplained } = await this.#ask(tenant, client, size, signal);
        again ||= unexplained;
        if (batches.length === 0) return;
        landed.push(...batches);
        this.#told.set(tenant, batches);
        this.#open.add(tenant);
      },
    );
    return { landed, again };
  }

  /** `short`: of what was just told, the batches, as `tenant/collector/seq`, whose accesses are not all there: they are told again. */
  took(short: ReadonlySet<string>): void {
    for (const [tenant, batches] of this.#told) {
      const lanes = this.#clients.get(tenant)?.lanes;
      let isWhole = true;
      for (const batch of batches) {
        const told = lanes?.get(batch.lane)?.told.get(nameOf(batch));
        if (told) told.whole = !short.has(`${tenant}/${nameOf(batch)}`);
        isWhole &&= told?.whole ?? false;
      }
      if (isWhole) this.#open.delete(tenant);
      for (const lane of lanes?.values() ?? []) this.#goOn(tenant, lane);
    }
    this.#told.clear();
  }

  /** How much of each client has been judged wholly, of those of which nothing is known to be on its way. */
  get whole(): ReadonlyMap<TenantId, Size> {
    return new Map(
      [...this.#clients].flatMap(([tenant, { size, unexplainedSince }]) =>
        this.#open.has(tenant) || unexplainedSince !== undefined || size.batches < 0 ? [] : [[tenant, size] as const],
      ),
    );
  }

  /** A lane goes on from its earliest merge that is short. */
  #goOn(tenant: TenantId, lane: Lane): void {
    const isFull = lane.told.size > rememberedMax;
    if (isFull)
      this.#log.error({ tenant, merge: lane.from }, 'a merge stays without its accesses; later ones go on without it');
    lane.from = lane.last;
    if (!isFull) for (const { merge, whole } of lane.told.values()) if (!whole) lane.from = Math.min(lane.from, merge);
    for (const [name, { merge }] of lane.told) if (merge < lane.from) lane.told.delete(name);
  }

  async #ask(
    tenant: TenantId,
    client: Client,
    size: Size,
    signal: AbortSignal,
  ): Promise<{ batches: NewBatch[]; unexplained: boolean }> {
    // What was counted with the last question is older than this size: rows went, by retention or taken out again.
    const shrunk = size.batches < client.rows;
    let since = await this.#since(tenant, client, signal);
    let fresh = freshIn(since, client);
    if (shrunk || client.rows + fresh < size.batches) {
      // There may be a lane that is new.
      const ends = await this.#asked(() => all(this.#store.client('witness', tenant), laneEnds, {}, signal));
      const added = ends.filter(({ lane }) => lane !== '' && !client.lanes.has(lane));
      for (const { lane } of added) client.lanes.set(lane, laneFrom(0));
      if (added.length > 0) since = await this.#since(tenant, client, signal);
      fresh = freshIn(since, client);
    }
    const isAll = since.length < batchesMax;
    client.rows = (shrunk ? size.batches : client.rows) + fresh;
    const isOdd = isAll && client.rows < size.batches;
    client.unexplainedSince = isOdd ? (client.unexplainedSince ?? this.#now()) : undefined;
    client.size = isAll ? size : unknownSize;
    const unexplained = isOdd && this.#now() - (client.unexplainedSince ?? 0) >= unexplainedMsMax;
    if (unexplained) this.#log.warn({ tenant, rows: size.batches - client.rows }, 'rows came that no lander brought');
    return { batches: this.#tell(since, client), unexplained };
  }

  /** Those that were not told, or were short when they were. */
  #tell(since: readonly NewBatch[], { lanes }: Client): NewBatch[] {
    return since.filter((batch) => {
      const lane = lanes.get(batch.lane);
      if (!lane || lane.told.get(nameOf(batch))?.whole) return false;
      lane.told.set(nameOf(batch), { merge: batch.merge, whole: false });
      lane.last = Math.max(lane.last, batch.merge);
      return true;
    });
  }

  async #since(tenant: TenantId, { lanes }: Client, signal: AbortSignal): Promise<NewBatch[]> {
    if (lanes.size === 0) return [];
    const merges = [...lanes.values()].map(({ from }) => from);
    const asked = { lanes: [...lanes.keys()], merges, least: Math.min(...merges), limit: batchesMax };
    const rows = await this.#asked(() => all(this.#store.client('witness', tenant), landedSince, asked, signal));
    return rows.map(({ count, ...row }) => ({ ...row, tenant, rows: count }));
  }

  async #asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      // ACCESS_DENIED (ClickHouse ErrorCodes.cpp).
      if (!isFault(error, 'STORE_REFUSED') || error.about['code'] !== 497) throw error;
      const why =
        'the store’s users may not see which merges landed: they are of an older Cordon; run `cordon tenants apply`';
      throw new Fault('STORE_REFUSED', why, error.about, error);
    }
  }
}
