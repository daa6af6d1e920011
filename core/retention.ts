/** How long accesses are kept, by their class, and what is gone of it by now. */
import { type AccessClass, accessClasses, type Instant } from './types.ts';

const dayMs = 86_400_000;
/** Deleting is lazy and clocks differ: an hour on the safe side. */
const marginMs = 3_600_000;

/** Days; a class that is not there is kept for ever. */
export type Retention = Readonly<Partial<Record<AccessClass, number>>>;

export const forEver: Retention = {};

export const keptAlike = (days: number): Retention =>
  Object.fromEntries(accessClasses.map((one) => [one, days])) as Retention;

/** Of the class that is kept longest; `undefined`: one is kept for ever. */
export function longestOf(retention: Retention): number | undefined {
  const days = accessClasses.map((one) => retention[one]);
  return days.includes(undefined) ? undefined : Math.max(...days.map(Number));
}

export const sameRetention = (a: Retention, b: Retention): boolean => accessClasses.every((one) => a[one] === b[one]);

/** The classes by how many days they are kept, shortest first; those kept for ever last. */
export function byDays(retention: Retention): { readonly days: number | undefined; readonly classes: AccessClass[] }[] {
  const found = new Map<number | undefined, AccessClass[]>();
  for (const one of accessClasses) found.set(retention[one], [...(found.get(retention[one]) ?? []), one]);
  return [...found]
    .map(([days, classes]) => ({ days, classes }))
    .sort((a, b) => (a.days ?? Number.POSITIVE_INFINITY) - (b.days ?? Number.POSITIVE_INFINITY));
}

/** For people: `400 days`, or `90 days (identity), 400 days (the rest)`. */
export function retentionText(retention: Retention): string {
  const parts = byDays(retention);
  const most = Math.max(...parts.map(({ classes }) => classes.length));
  const rest = parts.length > 1 ? parts.findLast(({ classes }) => classes.length === most) : undefined;
  return parts
    .map((part) => {
      const days = part.days === undefined ? 'for ever' : `${part.days} days`;
      if (parts.length === 1) return days;
      return `${days} (${part === rest ? 'the rest' : part.classes.join(', ')})`;
    })
    .join(', ');
}

/** What retention may have removed: what came before these moments. `-Infinity`: nothing. */
export interface Expiry {
  /** By when a batch landed. */
  readonly batches: Instant;
  /** By when an access was seen. */
  readonly rows: Readonly<Record<AccessClass, Instant>>;
}

/** `rules`: each retention that was in force, and until when. What one of them removed, no later one brings back. */
export function expiryOf(rules: readonly { readonly retention: Retention; readonly until: Instant }[]): Expiry {
  const latest = (daysOf: (retention: Retention) => number | undefined): Instant =>
    Math.max(
      ...rules.map(({ retention, until }) => {
        const days = daysOf(retention);
        return days === undefined ? Number.NEGATIVE_INFINITY : until - days * dayMs + marginMs;
      }),
      Number.NEGATIVE_INFINITY,
    );
  return {
    batches: latest(longestOf),
    rows: Object.fromEntries(
      accessClasses.map((one) => [one, latest((retention) => retention[one])]),
    ) as Expiry['rows'],
  };
}

/** The latest moment of which something may be gone. */
export const lastGone = ({ rows }: Expiry): Instant => Math.max(...Object.values(rows));
