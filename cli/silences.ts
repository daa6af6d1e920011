/** When sources were silent, as the judge found: a gap of what was seen then, of every client or of one. */
import { silencesIn } from '../core/silence.ts';
import { isoOf } from '../core/time.ts';
import type { Instant, TenantId } from '../core/types.ts';
import { logSilence } from '../detectors/log-silence.ts';
import type { Store } from '../store/index.ts';
import { findingsOf } from '../store/queries/findings.ts';

const sourcePrefix = 'source:';

export interface SourceSilence {
  readonly source: string;
  /** The client it is about; undefined: all. */
  readonly tenant: string | undefined;
  readonly from: Instant;
  readonly until: Instant;
  readonly what: string;
}

/** Those that touch the range and may concern one of these clients, in order of time. */
export async function silencesDuring(
  store: Store,
  { from, until }: { readonly from: Instant; readonly until: Instant },
  tenants: readonly TenantId[] | undefined,
  signal: AbortSignal,
): Promise<SourceSilence[]> {
  const days = { from: isoOf(from).slice(0, 10), until: isoOf(Math.max(from, until - 1)).slice(0, 10) };
  const found = await findingsOf(store.firm('read'), days, signal);
  return found
    .filter(({ detector }) => detector === logSilence.name)
    .flatMap(({ actor, tenants: about, day, because }) =>
      silencesIn(because, day).map((span) => ({
        ...span,
        source: actor?.slice(sourcePrefix.length) ?? 'unknown',
        tenant: about[0],
        what: because,
      })),
    )
    .filter((one) => one.from < until && one.until > from)
    .filter(({ tenant }) => tenant === undefined || tenants === undefined || tenants.includes(tenant as TenantId))
    .sort((a, b) => a.from - b.from || (a.source < b.source ? -1 : 1));
}
