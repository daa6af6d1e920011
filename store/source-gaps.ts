/** What sources may have kept from us, as the judge found: hours in which one was silent, and records whose numbers never came. */
import { recordGapDetector, recordGapsIn } from '../core/record-gap.ts';
import { silenceDetector, silencesIn } from '../core/silence.ts';
import { isoOf } from '../core/time.ts';
import type { Instant, TenantId } from '../core/types.ts';
import type { Store } from './index.ts';
import { findingsOf } from './queries/findings.ts';

const sourcePrefix = 'source:';
const dayMs = 86_400_000;
/** Missing numbers are stated by a later access, mostly within hours of the hole's end. */
const statedWithinMs = 3 * dayMs;

export interface SourceGap {
  readonly source: string;
  readonly kind: 'silent' | 'numbers';
  /** The client it is about; undefined: all. */
  readonly tenant: string | undefined;
  readonly from: Instant;
  readonly until: Instant;
  /** The finding's sentence. */
  readonly what: string;
}

/** Detectors whose findings say that something may lack. */
export const gapDetectors: ReadonlySet<string> = new Set([silenceDetector, recordGapDetector]);

/** Those that touch the range and may concern one of these clients, in order of time. */
export async function sourceGapsDuring(
  store: Pick<Store, 'firm'>,
  { from, until }: { readonly from: Instant; readonly until: Instant },
  tenants: readonly TenantId[] | undefined,
  signal: AbortSignal,
): Promise<SourceGap[]> {
  const dayOf = (at: Instant) => isoOf(at).slice(0, 10);
  const days = { from: dayOf(from), until: dayOf(Math.max(from, until - 1) + statedWithinMs) };
  const found = await findingsOf(store.firm('read'), days, signal);
  return found
    .filter(({ detector }) => gapDetectors.has(detector))
    .flatMap(({ detector, actor, tenants: about, day, because }) => {
      const isSilence = detector === silenceDetector;
      return (isSilence ? silencesIn(because, day) : recordGapsIn(because)).map(
        (span): SourceGap => ({
          source: actor?.slice(sourcePrefix.length) ?? 'unknown',
          kind: isSilence ? 'silent' : 'numbers',
          tenant: about[0],
          ...span,
          what: because,
        }),
      );
    })
    .filter((one) => one.from < until && one.until > from)
    .filter(({ tenant }) => tenant === undefined || tenants === undefined || tenants.includes(tenant as TenantId))
    .sort((a, b) => a.from - b.from || (a.source < b.source ? -1 : 1));
}
