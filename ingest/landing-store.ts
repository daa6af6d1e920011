/** What the lander needs of the store. store/landing.ts is it; nothing in ingest knows the database. */
import type { BatchHeader, SealedBatch, TenantId } from '../core/types.ts';
import type { StreamState } from './check.ts';
import type { BatchName } from './merge-queue.ts';
import type { Present } from './present.ts';

export interface LandingStore {
  knows(tenant: TenantId): boolean;
  /**
   * Throws STORE_REFUSED for content that can never be taken, STORE_UNREACHABLE for what is worth a retry. The store
   * takes each token once.
   */
  insert(
    tenant: TenantId,
    table: 'batches' | 'accesses',
    values: readonly Buffer[],
    token: string,
    signal: AbortSignal,
  ): Promise<void>;
  present(tenant: TenantId, headers: readonly BatchHeader[], signal: AbortSignal): Promise<Present>;
  /** `lastMerge`: of the lane; 0 when it has none. */
  progress(
    tenant: TenantId,
    lane: string,
    gapsMax: number,
    signal: AbortSignal,
  ): Promise<{ readonly lastMerge: number; readonly streams: ReadonlyMap<string, StreamState> }>;
  /** The batches of a merge, by who landed them. */
  landersOf(
    tenant: TenantId,
    lane: string,
    number: number,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly BatchHeader[]>>;
  mergesAfter(
    tenant: TenantId,
    lane: string,
    after: number,
    signal: AbortSignal,
  ): Promise<readonly { readonly merge: number; readonly lander: string }[]>;
  /** Names of those whose accesses are not all there. */
  incomplete(tenant: TenantId, headers: readonly BatchHeader[], signal: AbortSignal): Promise<ReadonlySet<string>>;
  sealed(tenant: TenantId, names: readonly BatchName[], signal: AbortSignal): Promise<readonly SealedBatch[]>;
  hashes(tenant: TenantId, names: readonly BatchName[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  withdraw(tenant: TenantId, names: readonly BatchName[], signal: AbortSignal): Promise<void>;
}
