/** Makes every client's checkpoint: signed, chained, in the client's database and at the witness. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { headerHash } from '../core/batch.ts';
import { Fault, isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { isoOf } from '../core/time.ts';
import type { Instant, TenantId } from '../core/types.ts';
import {
  type Checkpoint,
  checkpointHash,
  firstCheckpointPrev,
  type Head,
  readCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
} from '../evidence/checkpoint.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import { openWitness, type Witness } from '../evidence/witness.ts';
import type { Store } from '../store/index.ts';
import { auditHeaders } from '../store/queries/audit.ts';
import { headerOf, placesOf } from '../store/queries/batch-row.ts';
import { checkpointsFrom, lastCheckpoint, saveCheckpoints } from '../store/queries/checkpoints.ts';
import { streamHeads } from '../store/queries/stream-heads.ts';
import { all } from '../store/query.ts';
import { type Context, landsAlone } from './context.ts';
import { endedOf } from './receipts.ts';

/** Of one number, more than two landers would have had to be at once. */
const rivalsMax = 16;
const rivalMsMax = 500;
const attemptsMax = 4;
/** Handed to a witness that was away, at a time. */
const catchUpMax = 10_000;
const atOnceMax = 4;

/** How often checkpoints are made, as `checkpoints: { every }` says. */
export function checkpointEveryMs({ checkpoints: { every } }: Pick<Context['config'], 'checkpoints'>): number {
  return Number.parseInt(every, 10) * (every.endsWith('s') ? 1_000 : 60_000);
}

export class CheckpointMaker {
  readonly #store: Store;
  readonly #log: Log;
  readonly #data: string;
  readonly #key: KeyObject;
  readonly #witness: Witness | undefined;
  readonly #now: () => Instant;
  /** The last one made here of each client; the witness is asked when there is none. */
  readonly #last = new Map<TenantId, SignedCheckpoint>();
  /** Landers elsewhere make checkpoints of the same clients: one that was made by any of them so shortly ago is enough. */
  readonly #youngMs: number | undefined;

  constructor({ config, log }: Pick<Context, 'config' | 'log'>, store: Store, now: () => Instant = Date.now) {
    const { folder } = config.checkpoints;
    this.#youngMs = config.bus === 'local' && landsAlone({ config }) ? undefined : checkpointEveryMs(config) / 2;
    this.#store = store;
    this.#log = log;
    this.#data = config.data;
    this.#key = vaultKey(config.data);
    this.#witness = folder === undefined ? undefined : openWitness(folder);
    this.#now = now;
  }

  /** One checkpoint of every client, also of those of which nothing came. One that fails does not stop the others. */
  async tick(signal: AbortSignal): Promise<void> {
    const waiting = [...this.#store.tenants];
    const work = async () => {
      for (let tenant = waiting.shift(); tenant !== undefined; tenant = waiting.shift())
        await this.#try(tenant, signal);
    };
    await Promise.all(Array.from({ length: atOnceMax }, work));
  }

  async #try(tenant: TenantId, signal: AbortSignal): Promise<void> {
    try {
      await this.make(tenant, signal);
    } catch (error) {
      this.#last.delete(tenant);
      if (signal.aborted || !isFault(error)) throw error;
      this.#log.error({ ...error.about, tenant, fault: error.code }, 'no checkpoint');
    }
  }

  async make(tenant: TenantId, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      if (await this.#makeOne(tenant, signal)) return;
      // Both took theirs out again: whoever wakes first makes it, and the other finds it made.
      await sleep(Math.random() * rivalMsMax * attempt, undefined, { signal });
    }
  }

  /** False: another lander was making it at the same time. */
  async #makeOne(tenant: TenantId, signal: AbortSignal): Promise<boolean> {
    const db = this.#store.client('witness', tenant);
    const before = await this.#before(tenant, signal);
    const at = this.#now();
    const last = before && readCheckpoint(before.block);
    if (last && this.#youngMs !== undefined && Math.abs(at - Date.parse(last.at)) < this.#youngMs) return true;
    const heads = await this.#heads(tenant, signal);
    const checkpoint: Checkpoint = {
      tenant,
      number: last ? last.number + 1 : 0,
      at: isoOf(at),
      prev: before ? checkpointHash(before.block) : firstCheckpointPrev,
      heads,
    };
    const signed = signCheckpoint(checkpoint, this.#key);
    await saveCheckpoints(db, [{ ...signed, number: checkpoint.number, at }], signal);
    if (this.#youngMs !== undefined && (await this.#hasRival(tenant, checkpoint.number, signed, signal))) return false;
    this.#last.set(tenant, signed);
    await this.#tell(tenant, checkpoint.number, signed, signal);
    return true;
  }

  /**
   * Whether another lander made one of the same number: then ours is taken out again. It looks after it has written, as the other
   * one does, so of two at least one sees the other, and never do both go on.
   */
  async #hasRival(tenant: TenantId, number: number, own: SignedCheckpoint, signal: AbortSignal): Promise<boolean> {
    const from = { first: number, limit: rivalsMax };
    const stored = await all(this.#store.client('witness', tenant), checkpointsFrom, from, signal);
    if (stored.every(({ sig }) => sig === own.sig)) return false;
    await this.#store.tables.withdrawCheckpoint(tenant, { number, sig: own.sig }, signal);
    this.#log.info({ tenant, number }, 'another lander made this checkpoint');
    return true;
  }

  async #heads(tenant: TenantId, signal: AbortSignal): Promise<Head[]> {
    const db = this.#store.client('witness', tenant);
    const streams = await all(db, streamHeads, {}, signal);
    const places = streams.map(({ collector, next }) => ({ collector, seq: next - 1 }));
    const last = await all(db, auditHeaders, placesOf(places), signal);
    const hashes = new Map(last.map((row) => [row.collector, headerHash(headerOf(row, tenant).header)]));
    return streams.map(({ collector, next, batches }) => ({
      collector,
      next,
      hash: hashes.get(collector) ?? '',
      batches,
    }));
  }

  /** The later of the two: a store that was set back must not make a second checkpoint of a number its witness has. */
  async #before(tenant: TenantId, signal: AbortSignal): Promise<SignedCheckpoint | undefined> {
    const [stored] = await all(this.#store.client('witness', tenant), lastCheckpoint, {}, signal);
    const known = this.#last.get(tenant) ?? this.#witnessed(tenant);
    if (!known) return stored;
    const numberOf = ({ block }: SignedCheckpoint) => readCheckpoint(block).number;
    if (stored && numberOf(stored) >= numberOf(known)) return stored;
    const { checkpoints } = endedOf(this.#data, tenant, createPublicKey(this.#key));
    // It was destroyed and came back: the chain goes on behind the last one that its receipt names.
    if (checkpoints.get(numberOf(known)) === checkpointHash(known.block)) return known;
    this.#log.error({ tenant }, 'the store lacks checkpoints that were made: see cordon audit-chain');
    return known;
  }

  /** A checkpoint is made although its witness is away: the store's own chain goes on. */
  #witnessed(tenant: TenantId): SignedCheckpoint | undefined {
    try {
      return this.#witness?.last(tenant);
    } catch (error) {
      if (!isFault(error, 'SOURCE_UNREADABLE')) throw error;
      return undefined;
    }
  }

  /** A witness that was away gets what it missed, in order. */
  async #tell(tenant: TenantId, number: number, signed: SignedCheckpoint, signal: AbortSignal): Promise<void> {
    if (!this.#witness) return;
    try {
      const last = this.#witness.last(tenant);
      const known = last === undefined ? -1 : readCheckpoint(last.block).number;
      if (known >= number) throw new Fault('EVIDENCE_BROKEN', 'the witness is ahead', { known, number });
      if (known === number - 1) return this.#witness.append(tenant, [signed]);
      const db = this.#store.client('witness', tenant);
      this.#witness.append(tenant, await all(db, checkpointsFrom, { first: known + 1, limit: catchUpMax }, signal));
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#log.error({ ...error.about, tenant, fault: error.code }, 'a checkpoint is not with its witness');
    }
  }
}
