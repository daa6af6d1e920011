/** The raw record beside its reading: what the record said, what the directory knew, what we added. */

import { recordGapText } from '../../core/record-gap.ts';
import { recordsHash } from '../../core/records.ts';
import type { Access } from '../../core/types.ts';
import type { AccessLine, ReadingField, RecordView } from './api.ts';
import type { SealedRecord } from './desk.ts';

/** What a page shows of one access's records; the bundle has all of it. */
const recordsShownMax = 50;
const recordBytesShownMax = 64 * 1024;

type Field = readonly [name: keyof Access, label: string, from: ReadingField['from']];

/** In the order a person asks: who, what, when, from where, and how we know. */
const fields: readonly Field[] = [
  ['account', 'Account', 'record'],
  ['actor', 'Actor', 'directory'],
  ['actor_kind', 'Kind of actor', 'directory'],
  ['action', 'Action', 'record'],
  ['outcome', 'Outcome', 'record'],
  ['object', 'Object', 'record'],
  ['object_to', 'Target', 'record'],
  ['object_kind', 'Kind of object', 'record'],
  ['at', 'Happened at', 'record'],
  ['ip', 'Address', 'record'],
  ['host', 'Host', 'record'],
  ['app', 'Program', 'record'],
  ['session', 'Session', 'record'],
  ['bytes', 'Bytes', 'record'],
  ['rows', 'Rows', 'record'],
  ['reason', 'Reason given', 'record'],
  ['tenant', 'Client', 'directory'],
  ['attributed_by', 'Client known by', 'directory'],
  ['country', 'Country of the address', 'cordon'],
  ['seen_at', 'Seen at', 'cordon'],
  ['source', 'Source', 'cordon'],
  ['class', 'Class', 'cordon'],
  ['count', 'Records folded', 'cordon'],
  ['missing_before', 'Records missing before', 'cordon'],
  ['id', 'Access', 'cordon'],
];

/** Unknown is absent here too: a field without a value has no line. */
export function readingOf(access: AccessLine): ReadingField[] {
  return fields.flatMap(([name, label, from]) => {
    const value = access[name];
    return value === undefined || value === null || value === ''
      ? []
      : [{ name, label, value: shownValue(access, name), from }];
  });
}

/** People know people by name; the id is what a fact says. */
function shownValue(access: AccessLine, name: keyof Access): string {
  if (name === 'missing_before') return recordGapText(access.missing_before ?? []);
  return name === 'actor' && access.who !== access.actor ? `${access.who} (${access.actor})` : String(access[name]);
}

export function recordView({ access, raw }: SealedRecord): RecordView {
  return {
    access,
    reading: readingOf(access),
    raw: raw.slice(0, recordsShownMax).map(shown),
    records: raw.length,
    proof: {
      collector: access.collector,
      seq: access.seq,
      index: access.index,
      records_sha256: access.records_sha256,
      matches: recordsHash(raw) === access.records_sha256,
    },
  };
}

function shown(record: Buffer): RecordView['raw'][number] {
  const bytes = record.length;
  const text = textOf(record.subarray(0, recordBytesShownMax), bytes > recordBytesShownMax);
  if (text !== undefined) return { text, bytes };
  return { base64: record.subarray(0, recordBytesShownMax).toString('base64'), bytes };
}

/** `cut`: the last character may have lost its end, which does not make the record binary. */
function textOf(bytes: Buffer, cut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
  } catch {
    return undefined;
  }
}
