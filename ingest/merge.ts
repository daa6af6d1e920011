/**
 * One merge on its way into the store: claimed by its number, which the store takes once, then its accesses. Each call
 * of `advance` is one attempt, and may be repeated after any failure.
 */
import { accessLines } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import { isFault } from '../core/errors.ts';
import type { BatchHeader, SealedBatch, TenantId } from '../core/types.ts';
import { batchRow, type Claim } from './batch-row.ts';
import type { Delivery } from './bus/bus.ts';
import type { LandingStore } from './landing-store.ts';
import { nameOf } from './merge-queue.ts';
import { missingLines, nothingPresent } from './present.ts';

export interface Part {
  readonly batch: SealedBatch;
  /** Its access lines, NDJSON. */
  readonly lines: Buffer;
  /** `undefined`: read from the store, where somebody else's merge had left it. */
  readonly delivery: Delivery | undefined;
}

/**
 * `landed`: every part not in `refused` is in the store whole. `lost`: the number was another's, nothing of this merge
 * was stored. `too-many`: the store refused the batches as they are; alone, the culprit shows.
 */
export type Outcome =
  | { readonly is: 'landed'; readonly refused: ReadonlyMap<Part, string> }
  | { readonly is: 'lost' }
  | { readonly is: 'too-many' };

const headerOf = ({ batch }: Part): BatchHeader => batch.header;

export class UnderwayMerge {
  readonly tenant: TenantId;
  readonly claim: Claim;
  readonly parts: readonly Part[];
  readonly #store: LandingStore;
  /** Of the lane, the last merge known before this one. */
  readonly #after: number;
  readonly #landed = new Set<Part>();
  readonly #refused = new Map<Part, string>();
  #claimed: boolean;
  #singly = false;
  #attempts: number;

  /** `after`: `undefined` for a merge that somebody has claimed already. */
  constructor(store: LandingStore, tenant: TenantId, claim: Claim, parts: readonly Part[], after: number | undefined) {
    this.#store = store;
    this.tenant = tenant;
    this.claim = claim;
    this.parts = parts;
    this.#after = after ?? 0;
    this.#claimed = after === undefined;
    this.#attempts = after === undefined ? 1 : 0;
  }

  /** Throws STORE_UNREACHABLE when it is to be called again. */
  async advance(signal: AbortSignal): Promise<Outcome> {
    const again = this.#attempts > 0;
    this.#attempts += 1;
    if (!this.#claimed) {
      const outcome = await this.#claimIt(again, signal);
      if (outcome) return outcome;
      this.#claimed = true;
    }
    if (!this.#singly) await this.#insertTogether(again, signal);
    if (this.#singly) await this.#insertSingly(signal);
    const refused = [...this.#refused.keys()].map(headerOf);
    // A batch without accesses is no evidence of any; whoever refused it keeps it whole, with the reason.
    if (refused.length > 0) await this.#store.withdraw(this.tenant, refused, signal);
    return { is: 'landed', refused: this.#refused };
  }

  /** The evidence first: a reader never sees an access whose batch is not there. `undefined`: it is ours. */
  async #claimIt(again: boolean, signal: AbortSignal): Promise<Outcome | undefined> {
    const { lane, number } = this.claim;
    const claims = () => this.#store.mergesAfter(this.tenant, lane, this.#after, signal);
    const known = again ? await claims() : [];
    if (known.length === 0) {
      const rows = this.parts.flatMap(({ batch }) => batchRow(batch, this.claim));
      try {
        await this.#store.insert(this.tenant, 'batches', rows, `${this.tenant}/${lane}/${number}`, signal);
      } catch (error) {
        if (!isFault(error, 'STORE_REFUSED')) throw error;
        const [only, ...more] = this.parts;
        if (!only || more.length > 0) return { is: 'too-many' };
        return { is: 'landed', refused: new Map([[only, error.message]]) };
      }
    }
    // The store says "taken" too when it had that number already, so it is asked whose it is.
    const now = known.length === 0 ? await claims() : known;
    const ours = now.every(({ merge, lander }) => merge === number && lander === this.claim.lander);
    return ours && now.length > 0 ? undefined : { is: 'lost' };
  }

  get #token(): string {
    const { lane, number, lander } = this.claim;
    return `${this.tenant}/${lane}/${number}/${lander}`;
  }

  async #insertTogether(again: boolean, signal: AbortSignal): Promise<void> {
    const headers = this.parts.map(headerOf);
    const present = again ? await this.#store.present(this.tenant, headers, signal) : nothingPresent;
    const lines = this.parts.flatMap((part) => missingLines(headerOf(part), part.lines, present));
    if (lines.length === 0) return;
    try {
      await this.#store.insert(this.tenant, 'accesses', lines, this.#token, signal);
    } catch (error) {
      if (!isFault(error, 'STORE_REFUSED')) throw error;
      this.#singly = true;
    }
  }

  /** So that one batch that the store refuses for its content does not stop the others. */
  async #insertSingly(signal: AbortSignal): Promise<void> {
    const present = await this.#store.present(this.tenant, this.parts.map(headerOf), signal);
    for (const part of this.parts) {
      if (this.#landed.has(part) || this.#refused.has(part)) continue;
      const lines = missingLines(headerOf(part), part.lines, present);
      try {
        const token = `${this.#token}/${nameOf(headerOf(part))}`;
        if (lines.length > 0) await this.#store.insert(this.tenant, 'accesses', lines, token, signal);
        this.#landed.add(part);
      } catch (error) {
        if (!isFault(error, 'STORE_REFUSED')) throw error;
        this.#refused.set(part, error.message);
      }
    }
  }
}

/** What is left to do of a merge that somebody claimed; `undefined`: its accesses are all there. Throws as `store` and `opener` do. */
export async function leftMerge(
  { store, opener }: { readonly store: LandingStore; readonly opener: Opener },
  tenant: TenantId,
  claim: Claim,
  headers: readonly BatchHeader[],
  signal: AbortSignal,
): Promise<UnderwayMerge | undefined> {
  const missing = await store.incomplete(tenant, headers, signal);
  if (missing.size === 0) return undefined;
  const names = headers.filter((header) => missing.has(nameOf(header)));
  const parts: Part[] = [];
  for (const batch of await store.sealed(tenant, names, signal))
    parts.push({ batch, lines: accessLines(await opener.open(batch, signal)), delivery: undefined });
  return new UnderwayMerge(store, tenant, claim, parts, undefined);
}
