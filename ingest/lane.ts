/**
 * What comes by one lane of one tenant: a partition of its topic, or all there is on one machine. Its batches come in
 * order and are landed one merge after another. How far it has come is what the store says: another lander may have had
 * the lane before, may have it after, and for a moment may have it at the same time. docs/decisions/0016 says why that
 * doubles nothing.
 */
import type { KeyObject } from 'node:crypto';
import { headerHash } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import { isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { BatchHeader, Instant, TenantId } from '../core/types.ts';
import type { Delivery } from './bus/bus.ts';
import { check, gapsMax, headAfter, joined, newStream, refusals, reopened, type StreamState } from './check.ts';
import type { LandLog } from './land-log.ts';
import type { LandingStore } from './landing-store.ts';
import { leftMerge, type Part, UnderwayMerge } from './merge.ts';
import { type Load, loadOf, MergeQueue, nameOf } from './merge-queue.ts';
import { opening } from './opening.ts';

const retryMsMax = 5_000;
/** Batches whose number came before are looked up so many at a time. */
const comparedAtOnceMax = 500;

export interface LaneDeps {
  readonly store: LandingStore;
  readonly landLog: LandLog;
  /** The registered keys of a collector under which its batches may land now. */
  readonly keysOf: (collector: string) => readonly KeyObject[];
  readonly opener: Opener;
  readonly log: Log;
  /** No two landers share it. */
  readonly lander: string;
  readonly onLanded: (header: BatchHeader) => void;
  readonly onRefused: (delivery: Delivery, reason: string) => void;
  readonly onMerged: () => void;
}

/** Its number came before. `reason`: why it is refused unless it is what landed; `undefined`: unless another landed. */
interface Doubtful {
  readonly delivery: Delivery;
  readonly reason: string | undefined;
}

export class Lane {
  readonly tenant: TenantId;
  readonly name: string;
  readonly #deps: LaneDeps;
  readonly #queue = new MergeQueue();
  /** Come before the store was asked how far the streams are. */
  #unchecked: Delivery[] = [];
  #doubtful: Doubtful[] = [];
  #streams: Map<string, StreamState> | undefined;
  #underway: UnderwayMerge | undefined;
  /** The last merge known, others' too; the numbers after it that the store has taken and no longer shows. */
  #known = 0;
  #spent = new Set<number>();
  #completed = new Set<string>();
  #lease = 0;
  /** So many of the queue are landed one by one. */
  #alone = 0;
  #failures = 0;
  #restUntil: Instant = 0;
  busy = false;

  constructor(tenant: TenantId, name: string, deps: LaneDeps) {
    this.tenant = tenant;
    this.name = name;
    this.#deps = deps;
  }

  /** Of all that waits, checked already or not. */
  get load(): Load {
    return loadOf(this.#unchecked, this.#queue);
  }

  accept(delivery: Delivery, now: Instant): void {
    if (!this.#streams) {
      this.#unchecked.push(delivery);
      return;
    }
    const { log, keysOf } = this.#deps;
    const { batch, lease } = delivery;
    const { collector, seq } = batch.header;
    const state = this.#streams.get(collector) ?? joined(newStream, this.#deps.landLog.head(collector, this.tenant));
    const verdict = check(batch, state, keysOf(collector));
    const misses = verdict.is === 'after-gap' || (verdict.is === 'refused' && verdict.reason === refusals.chain);
    if (misses && lease > this.#lease) {
      // Another may have had the lane since the store was asked, and have landed what seems to be missing.
      this.#askAnew([], [delivery]);
      return;
    }
    if (verdict.is === 'again') this.#doubtful.push({ delivery, reason: undefined });
    else if (verdict.is === 'refused') {
      const { reason } = verdict;
      const keyed = reason === refusals.unregistered || reason === refusals.signature;
      // What landed under a key that is no longer valid may be delivered once more.
      if (keyed && seq < state.head.seq) this.#doubtful.push({ delivery, reason });
      else this.#deps.onRefused(delivery, reason);
    } else {
      const about = { collector, tenant: this.tenant, seq };
      if (verdict.is === 'after-gap') log.error({ ...about, missing: verdict.missing }, 'a stream has a gap');
      if (verdict.is === 'late') log.info(about, 'a batch fills a gap late');
      this.#streams.set(collector, verdict.state);
      this.#queue.add(delivery, now);
    }
  }

  /** Since when something is to be done; `undefined`: there is nothing, or it is too early. */
  dueSince(now: Instant, ageMs: number): Instant | undefined {
    if (this.busy || now < this.#restUntil) return undefined;
    if (this.#underway || (!this.#streams && this.#unchecked.length > 0) || this.#comparable().length > 0) return 0;
    return this.#queue.dueSince(now, ageMs);
  }

  /** One attempt at all that is due. Throws what no waiting puts right. */
  async work(now: Instant, ageMs: number, signal: AbortSignal): Promise<void> {
    try {
      if (this.#underway) await this.#advance(this.#underway, signal);
      if (!this.#streams) await this.#load(now, signal);
      await this.#compare(now, signal);
      if (this.#streams && this.#queue.dueSince(now, ageMs) !== undefined) await this.#begin(now, signal);
      this.#failures = 0;
    } catch (error) {
      if (signal.aborted || !isFault(error) || !error.retry) throw error;
      this.#failures += 1;
      const waitMs = Math.min(retryMsMax, 100 * 2 ** Math.min(this.#failures, 10));
      this.#restUntil = Date.now() + waitMs;
      const about = { tenant: this.tenant, lane: this.name, attempt: this.#failures, waitMs, ...error.about };
      this.#deps.log.warn(about, 'not landed, will retry');
    }
  }

  /** What was taken waits as before; where the store is to be asked anew, it is checked again like all that waits. */
  #putBack(deliveries: readonly Delivery[]): void {
    if (this.#streams) this.#queue.putBack(deliveries, Date.now());
    else this.#unchecked = [...deliveries, ...this.#unchecked];
  }

  /** What waits is checked again, in the order it came: before it the `first`, behind it the `last`. */
  #askAnew(first: readonly Delivery[], last: readonly Delivery[] = []): void {
    this.#streams = undefined;
    this.#alone = 0;
    this.#unchecked = [...first, ...this.#queue.drain(), ...last, ...this.#unchecked];
  }

  /** What the store has of this lane: the last merge whole, and how far each stream is. */
  async #load(now: Instant, signal: AbortSignal): Promise<void> {
    const { store, landLog } = this.#deps;
    const leases = this.#unchecked.map(({ lease }) => lease);
    let stored = await store.progress(this.tenant, this.name, gapsMax, signal);
    // What was finished may have been refused, and then its numbers are open again.
    while (stored.lastMerge > 0 && (await this.#finishLeft(stored.lastMerge, signal)))
      stored = await store.progress(this.tenant, this.name, gapsMax, signal);
    this.#known = Math.max(this.#known, stored.lastMerge);
    this.#lease = Math.max(this.#lease, ...leases);
    this.#streams = new Map(
      [...stored.streams].map(([collector, state]) => [collector, joined(state, landLog.head(collector, this.tenant))]),
    );
    const waiting = this.#unchecked;
    this.#unchecked = [];
    for (const delivery of waiting) this.accept(delivery, now);
  }

  /** A merge whose accesses are not all there is landed to its end. False: there was nothing to do. */
  async #finishLeft(number: number, signal: AbortSignal): Promise<boolean> {
    const { tenant, name: lane } = this;
    let done = false;
    for (const [lander, headers] of await this.#deps.store.landersOf(tenant, lane, number, signal)) {
      if (this.#completed.has(`${number}/${lander}`)) continue;
      const left = await leftMerge(this.#deps, tenant, { lane, number, lander }, headers, signal);
      this.#completed.add(`${number}/${lander}`);
      if (!left) continue;
      const about = { tenant, lane, merge: number, batches: left.parts.length };
      this.#deps.log.warn(about, 'another lander left a merge: finished');
      await this.#advance(left, signal);
      done = true;
    }
    return done;
  }

  /** One that waits to be landed itself, or is on its way, says nothing yet. */
  #comparable(): Doubtful[] {
    return this.#doubtful.filter(({ delivery }) => !this.#queue.has(delivery.batch.header));
  }

  async #compare(now: Instant, signal: AbortSignal): Promise<void> {
    const some = this.#comparable().slice(0, comparedAtOnceMax);
    if (some.length === 0) return;
    const names = some.map(({ delivery }) => delivery.batch.header);
    const { store } = this.#deps;
    const hashes = await store.hashes(this.tenant, names, signal);
    if (hashes.size > 0 && (await store.mergesAfter(this.tenant, this.name, this.#known, signal)).length > 0) {
      // Another's merge: its accesses may not be there yet, and then it is to be finished before anything is acknowledged.
      this.#askAnew([]);
      return;
    }
    // Asked anew meanwhile: what were queued now would be landed unchecked, so they wait for the answer.
    if (!this.#streams) return;
    const done = new Set(some);
    this.#advanceLog(names.filter((header) => hashes.get(nameOf(header)) === headerHash(header)));
    this.#doubtful = this.#doubtful.filter((one) => !done.has(one));
    for (const { delivery, reason } of some) {
      const { header } = delivery.batch;
      const stored = hashes.get(nameOf(header));
      // Landed before, by whomever.
      if (stored === headerHash(header)) delivery.ack();
      else if (stored !== undefined) this.#deps.onRefused(delivery, reason ?? refusals.number);
      else if (reason !== undefined) this.#deps.onRefused(delivery, reason);
      // Neither landed nor known to be missing: more gaps than are remembered. One of two alike waits for the other.
      else if (this.#queue.has(header)) this.#doubtful.push({ delivery, reason });
      else this.#queue.add(delivery, now);
    }
  }

  async #begin(now: Instant, signal: AbortSignal): Promise<void> {
    const deliveries = this.#queue.take(now, this.#alone > 0 ? 1 : undefined);
    this.#alone = Math.max(0, this.#alone - 1);
    const opened = await this.#opened(deliveries, signal);
    const parts: Part[] = [];
    for (const { delivery, lines } of opened) {
      if (typeof lines === 'string') this.#refuse(delivery, lines);
      else parts.push({ batch: delivery.batch, lines, delivery });
    }
    if (parts.length === 0) return;
    let number = this.#known + 1;
    while (this.#spent.has(number)) number += 1;
    const claim = { lane: this.name, number, lander: this.#deps.lander };
    await this.#advance(new UnderwayMerge(this.#deps.store, this.tenant, claim, parts, this.#known), signal);
  }

  /** Lines, or why there are none. Whoever keeps the keys may not answer, or the log have no room: then all wait as they did before. */
  async #opened(
    deliveries: readonly Delivery[],
    signal: AbortSignal,
  ): Promise<{ delivery: Delivery; lines: Buffer | string }[]> {
    const opened: { delivery: Delivery; lines: Buffer | string }[] = [];
    try {
      for (const delivery of deliveries)
        opened.push({ delivery, lines: await opening(delivery.batch, this.#deps.opener, signal) });
      const refused = opened.filter(({ lines }) => typeof lines === 'string');
      this.#advanceLog(refused.map(({ delivery }) => delivery.batch.header));
      return opened;
    } catch (error) {
      this.#putBack(deliveries);
      throw error;
    }
  }

  async #advance(merge: UnderwayMerge, signal: AbortSignal): Promise<void> {
    this.#underway = merge;
    const outcome = await merge.advance(signal);
    // Where there is no room for that, the merge stays under way: asked again, the store has it.
    if (outcome.is === 'landed') this.#advanceLog(merge.parts.map(({ batch }) => batch.header));
    this.#underway = undefined;
    const deliveries = merge.parts.flatMap(({ delivery }) => delivery ?? []);
    if (outcome.is === 'landed') return this.#finish(merge, outcome.refused);
    if (outcome.is === 'too-many') {
      this.#putBack(deliveries);
      this.#alone = deliveries.length;
      return;
    }
    const { number } = merge.claim;
    this.#deps.log.info({ tenant: this.tenant, lane: this.name, merge: number }, 'another lander has this merge');
    this.#spent.add(number);
    this.#askAnew(deliveries);
  }

  #finish(merge: UnderwayMerge, refused: ReadonlyMap<Part, string>): void {
    const { onLanded, onMerged } = this.#deps;
    this.#known = Math.max(this.#known, merge.claim.number);
    this.#spent = new Set([...this.#spent].filter((number) => number > this.#known));
    this.#completed = new Set([`${merge.claim.number}/${merge.claim.lander}`]);
    for (const part of merge.parts) {
      const reason = refused.get(part);
      if (reason !== undefined) {
        if (part.delivery) this.#refuse(part.delivery, reason);
        continue;
      }
      onLanded(part.batch.header);
      part.delivery?.ack();
    }
    onMerged();
  }

  /** How far these brought their streams. Throws SPOOL_FULL. */
  #advanceLog(headers: readonly BatchHeader[]): void {
    if (headers.length > 0) this.#deps.landLog.advance(this.tenant, headers.map(headOf));
  }

  /** It was let in as the next of its stream and is refused all the same: its number is open again. The log has it already. */
  #refuse(delivery: Delivery, reason: string): void {
    const { header } = delivery.batch;
    const state = this.#streams?.get(header.collector);
    if (state) this.#streams?.set(header.collector, reopened(state, header));
    this.#deps.onRefused(delivery, reason);
  }
}

const headOf = (header: BatchHeader) => [header.collector, headAfter(header)] as const;
