/**
 * One hash over what readers are shown of a batch, computed alike from its sealed lines here and from its rows in
 * ClickHouse (store/queries/audit.ts): SHA-256 over the SHA-256 (upper-case hex, end to end, by `index`) of each row's
 * fields, joined by 0x1F.
 */
import { hash } from 'node:crypto';
import type { AccessFields } from './chain.ts';

export const rowFields = [
  'id',
  'at',
  'seen_at',
  'tenant',
  'source',
  'class',
  'action',
  'outcome',
  'actor',
  'account',
  'actor_kind',
  'object',
  'object_kind',
  'object_to',
  'ip',
  'country',
  'host',
  'app',
  'session',
  'bytes',
  'rows',
  'count',
  'reason',
  'missing_before',
  'attributed_by',
  'records_sha256',
  'index',
] as const;

const separator = '\x1f';

export function digestOfRows(lines: readonly AccessFields[]): string {
  let digests = '';
  for (const line of lines) digests += digestOfRow(line);
  return hash('sha256', digests, 'hex');
}

export const digestOfRow = (line: AccessFields): string => hash('sha256', rowText(line), 'hex').toUpperCase();

/** A column holds lists as JSON. */
function textOf(name: (typeof rowFields)[number], value: unknown): unknown {
  if (name === 'at' || name === 'seen_at') return Date.parse(String(value));
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? '');
}

function rowText(line: AccessFields): string {
  let text = '';
  for (const name of rowFields) {
    const value = line[name];
    const said = textOf(name, value);
    text += name === 'id' ? String(said) : separator + String(said);
  }
  return text;
}
