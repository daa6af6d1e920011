/**
 * The data keys in use, one for each tenant, made before they are needed: sealing itself waits for nobody. They lie in
 * memory only, so that each start of a process begins with new ones.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DataKey, newDataKey, type Sealing } from '../../core/envelope.ts';
import { Fault, isFault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Instant, TenantId } from '../../core/types.ts';
import type { Seals } from '../intake.ts';
import type { KeyProvider } from './key-provider.ts';

/** A data key serves no more batches than this, and no longer: who learns one learns so much. */
const batchesPerKeyMax = 65_536;
const ageMsMax = 3_600_000;
/** Left of a key when a flush begins: more than any flush is cut into. */
const batchesReserved = 1_024;
/** How soon a tenant's new key is used after it appeared. */
const lookMs = 10_000;
/** Asked at once of whoever keeps the keys. */
const atOnceMax = 8;
const retryMsMax = 10_000;

interface InUse {
  readonly dataKey: DataKey;
  readonly since: Instant;
  /** The provider's name for the key that wraps it. */
  readonly under: string | undefined;
  lookedAt: Instant;
}

export interface SealingKeysDeps {
  readonly provider: KeyProvider;
  readonly log: Log;
  readonly now?: () => Instant;
}

export class SealingKeys implements Seals {
  readonly #deps: SealingKeysDeps;
  readonly #now: () => Instant;
  readonly #inUse = new Map<TenantId, InUse>();

  constructor(deps: SealingKeysDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
  }

  async ready(tenants: Iterable<TenantId>, signal: AbortSignal): Promise<void> {
    const due = [...tenants].filter((tenant) => this.#isDue(tenant));
    for (let begin = 0; begin < due.length; begin += atOnceMax)
      await Promise.all(due.slice(begin, begin + atOnceMax).map((tenant) => this.#make(tenant, signal)));
  }

  of(tenant: TenantId): Sealing {
    const found = this.#inUse.get(tenant);
    if (found) return found.dataKey;
    throw new Fault('KEY_MISSING', `client ${tenant} has no data key; nobody asked for one`, { tenant });
  }

  #isDue(tenant: TenantId): boolean {
    const found = this.#inUse.get(tenant);
    const now = this.#now();
    if (!found || now - found.since >= ageMsMax || found.dataKey.used > batchesPerKeyMax - batchesReserved) return true;
    if (now - found.lookedAt < lookMs) return false;
    found.lookedAt = now;
    return found.under !== this.#deps.provider.newest(tenant);
  }

  /** A source that cannot seal waits, and nothing is lost: until the tenant's key can be had, or until aborted. */
  async #make(tenant: TenantId, signal: AbortSignal): Promise<void> {
    const { provider, log } = this.#deps;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const under = provider.newest(tenant);
        const key = newDataKey();
        const name = `${provider.scheme}:${await provider.wrap(tenant, key, signal)}`;
        this.#inUse.set(tenant, { dataKey: new DataKey(key, name), since: this.#now(), under, lookedAt: this.#now() });
        return;
      } catch (error) {
        if (signal.aborted || !isFault(error) || !error.retry) throw error;
        const waitMs = Math.min(retryMsMax, 100 * 2 ** Math.min(attempt, 12));
        log.error({ tenant, attempt, waitMs, ...error.about }, `no key to seal with, sources wait: ${error.message}`);
        await sleep(waitMs, undefined, { signal });
      }
    }
  }
}
