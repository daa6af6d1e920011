/**
 * What the pages may ask of the store: the seam between HTTP and data. Each question about a client is answered as
 * that client's own database user; `undefined` means there is no such thing, or none that may be told of.
 */
import type { AlertState } from '../../core/alert.ts';
import type { AccessId, ActorId, Instant, TenantId } from '../../core/types.ts';
import type {
  AccessLine,
  AccessPage,
  AlertList,
  AlertView,
  Band,
  ExplanationView,
  Named,
  Timeline,
  TimelineGap,
} from './api.ts';

/** Accesses that a drawing gets one by one; above that it gets buckets. */
export const marksMax = 5_000;
/** Buckets over the span of a drawing, each row. */
export const bucketsAcross = 240;
/** People a drawing shows. */
export const rowsMax = 40;
export const bandsMax = 1_000;
/** Silences and holes in record numbers that a drawing shows. */
export const gapsMax = 200;
export const accessesPerPage = 200;
export const alertsPerPage = 50;
/** Accesses that an alert's page lists. */
export const accessesPerAlert = 200;

export interface AlertFilter {
  /** Absent: all. */
  readonly state?: AlertState | undefined;
}

/** Half open: `from` <= at < `until`. */
export interface Span {
  readonly from: Instant;
  readonly until: Instant;
  readonly actor?: ActorId | undefined;
}

/** An access and its records as they were sealed. */
export interface SealedRecord {
  readonly access: AccessLine;
  readonly raw: readonly Buffer[];
}

/** What is drawn of the accesses themselves. */
export type Drawn = Omit<Timeline, 'client' | 'from' | 'until' | 'bands' | 'gaps' | 'more_gaps'>;

export interface Desk {
  /** Newest first; `after` is the `next` of the page before. At most `alertsPerPage`. */
  alerts(filter: AlertFilter, after: string | undefined, signal: AbortSignal): Promise<AlertList>;
  alert(id: string, signal: AbortSignal): Promise<AlertView | undefined>;
  client(tenant: TenantId): (Named & { readonly alias?: string | undefined }) | undefined;
  /** First and last access held of the client; `undefined` while there is none. */
  extent(tenant: TenantId, signal: AbortSignal): Promise<Pick<Span, 'from' | 'until'> | undefined>;
  /** The drawing without its bands: marks up to `marksMax` accesses, buckets above. */
  density(tenant: TenantId, span: Span, signal: AbortSignal): Promise<Drawn>;
  /** In order of `at`, then `id`; at most `accessesPerPage`. */
  timeline(tenant: TenantId, span: Span, after: string | undefined, signal: AbortSignal): Promise<AccessPage>;
  /** Of people and services, from the facts as known now; at most `bandsMax`. */
  bands(tenant: TenantId, span: Span, signal: AbortSignal): Promise<readonly Band[]>;
  /** What sources may have kept from that client's timeline, whoever is asked for; in order of time. */
  gaps(tenant: TenantId, span: Span, signal: AbortSignal): Promise<readonly TimelineGap[]>;
  record(tenant: TenantId, access: AccessId, signal: AbortSignal): Promise<SealedRecord | undefined>;
  explain(tenant: TenantId, access: AccessId, signal: AbortSignal): Promise<ExplanationView | undefined>;
}
