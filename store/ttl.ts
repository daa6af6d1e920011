/** How long tables keep what is in them, as ClickHouse writes it down itself, so that what is and what should be compare as text. */
import { byDays, longestOf, type Retention } from '../core/retention.ts';
import { type AccessClass, accessClasses, type TenantId } from '../core/types.ts';

/** '' is for ever. */
type Ttl = string;

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const after = (since: string, days: number): Ttl => `${since} + toIntervalDay(${Math.trunc(days)})`;

/** Of what grows with time, age counts from when it came, so that a stream only loses its beginning. */
export function tenantTtls(retention: Retention): ReadonlyMap<string, Ttl> {
  const parts = byDays(retention);
  const longest = longestOf(retention);
  const whole = (since: string): Ttl => (longest === undefined ? '' : after(since, longest));
  const seen = 'toDateTime(seen_at)';
  const accesses =
    parts.length === 1
      ? whole(seen)
      : parts
          .flatMap(({ days, classes }) =>
            days === undefined ? [] : [`${after(seen, days)} WHERE class IN (${quoted(classes)})`],
          )
          .join(', ');
  return new Map([
    ['accesses', accesses],
    // A batch holds several classes, and is proven whole or not at all.
    ['batches', whole('toDateTime(landed_at)')],
    ['findings', whole('toDateTime(decided_at)')],
    ['lessons', whole('toDateTime(intDiv(version, 1000))')],
  ]);
}

/** `longest`: of every client, in days. A row about several clients stays until the last of them may go. */
export function firmTtls(longest: ReadonlyMap<TenantId, number | undefined>): ReadonlyMap<string, Ttl> {
  const days = [...longest.values()];
  const steps = [...new Set(days.filter((one) => one !== undefined))].sort((a, b) => a - b);
  const upTo = (step: number) => [...longest].filter(([, one]) => one !== undefined && one <= step);
  const alone = (since: string): Ttl =>
    steps
      .map((step) => {
        const these = [...longest].filter(([, one]) => one === step).map(([tenant]) => tenant);
        return `${after(since, step)} WHERE tenant IN (${quoted(these.sort())})`;
      })
      .join(', ');
  const together = (since: string): Ttl =>
    steps
      .map((step) => {
        const these = upTo(step).map(([tenant]) => tenant);
        return `${after(since, step)} WHERE notEmpty(tenants) AND hasAll([${quoted(these.sort())}], tenants)`;
      })
      .join(', ');
  const last = days.includes(undefined) || days.length === 0 ? undefined : Math.max(...steps);
  const written = 'toDateTime(intDiv(version, 1000))';
  return new Map([
    ['findings', together('toDateTime(decided_at)')],
    ['candidates', together('toDateTime(raised_at)')],
    ['ledger', alone('toDateTime(judged_at)')],
    ['spread', alone(written)],
    ['lessons', last === undefined ? '' : after(written, last)],
    ['kept', last === undefined ? '' : after(written, last)],
  ]);
}

/** Out of `create_table_query`. */
export function ttlIn(created: string): Ttl {
  const [, ttl = ''] = /\bTTL (.*?)(?: SETTINGS |$)/s.exec(created) ?? [];
  return ttl.replaceAll(/\s+/g, ' ').trim();
}

/** What the TTL of `accesses` says, for people; whether it says it as we do is for `tenantTtls` to compare. */
export function retentionIn(ttl: Ttl): Retention {
  const found: Partial<Record<AccessClass, number>> = {};
  for (const [, days, list] of ttl.matchAll(/toIntervalDay\((\d+)\)(?: WHERE class IN \(([^)]*)\))?/g))
    for (const one of accessClasses) if (list === undefined || list.includes(`'${one}'`)) found[one] = Number(days);
  return found;
}
