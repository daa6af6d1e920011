/** The columns of an access as the store gives them back, and the access they make. */
import { z } from 'zod';
import type { Access, MissingRecords } from '../../core/types.ts';

/** In the order of `Access`, so that a line made from a row is the line that was landed. */
const names = [
  ...['id', 'at', 'seen_at', 'tenant', 'source', 'class', 'action', 'outcome', 'actor', 'account', 'actor_kind'],
  ...['object', 'object_kind', 'object_to', 'ip', 'country', 'host', 'app', 'session', 'bytes', 'rows', 'count'],
  ...['reason', 'missing_before', 'attributed_by', 'records_sha256', 'collector', 'seq', 'index'],
] as const;

export const accessColumns = names.map((name) => `"${name}"`).join(', ');

/** What an access always has; the rest is '' or null where it is unknown. */
const always = z.looseObject({
  id: z.string(),
  at: z.string(),
  tenant: z.string(),
  collector: z.string(),
  seq: z.number(),
  index: z.number(),
  count: z.number(),
});

const missing = z.array(
  z.strictObject({
    ...{ series: z.string(), missing: z.number(), after: z.number(), before: z.number() },
    ...{ from: z.string(), until: z.string(), usual: z.number() },
  }),
);

/** The column holds what the line held, as JSON. Empty: nothing was missing. */
export function missingRecords(column: unknown): MissingRecords[] {
  return typeof column === 'string' ? missing.parse(JSON.parse(column)) : [];
}

/** Unknown is absent again. The columns' own types hold the rest: nothing else was ever let in. */
export const accessRow: z.ZodType<Access> = always.transform((row) => {
  const access: Record<string, unknown> = {};
  for (const name of names) {
    const value = row[name];
    if (value !== '' && value !== null && value !== undefined)
      access[name] = name === 'missing_before' ? missingRecords(value) : value;
  }
  return access as unknown as Access;
});
