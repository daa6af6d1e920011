/** `--from` and `--to` of the verbs that speak of days. */
import { Fault } from '../core/errors.ts';
import { parseInstant } from '../core/time.ts';
import type { Instant } from '../core/types.ts';
import type { Context } from './context.ts';

export const rangeOptions = {
  from: { type: 'string', value: 'TIME', help: '2026-03-04, 2026-03-04T09:15:00Z, or -7d (default: all)' },
  to: { type: 'string', value: 'TIME', help: 'end, not included; a date means the end of that day (default: all)' },
} as const;

const dayMs = 86_400_000;
/** The last day ClickHouse's Date can hold is later. */
const lastInstant = Date.UTC(2149, 0, 1);

export interface Range {
  readonly from: Instant;
  readonly until: Instant;
  /** The UTC days it touches, `YYYY-MM-DD`, both included. */
  readonly days: { readonly from: string; readonly until: string };
}

/** Throws USAGE for an empty range or a time nobody can read. */
export function rangeOf(values: { from?: string | undefined; to?: string | undefined }, { directory }: Context): Range {
  const now = Date.now();
  const zone = directory.firm.time_zone;
  const from = values.from === undefined ? 0 : parseInstant(values.from, { now, zone, edge: 'from' });
  const until = values.to === undefined ? lastInstant : parseInstant(values.to, { now, zone, edge: 'to' });
  if (from >= until) throw new Fault('USAGE', 'the range is empty: --from is not before --to');
  const dayOf = (at: Instant) => new Date(at).toISOString().slice(0, 10);
  const firstDay = Math.floor(from / dayMs) * dayMs;
  return { from: firstDay, until, days: { from: dayOf(from), until: dayOf(until - 1) } };
}
