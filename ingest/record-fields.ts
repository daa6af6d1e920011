/** A raw record's own fields, by the names its platform gives them: what a Sigma rule asks for. */
import type { Access } from '../core/types.ts';
import { parseObject } from './collectors/parts/json.ts';
import { windowsEvent } from './collectors/parts/windows-event.ts';

export type RecordFields = Readonly<Record<string, unknown>>;

/** Total: a record that has no fields to speak of has none. `access`: what was read from it. */
export function recordFields(collector: string, record: string, access: Access): RecordFields {
  if (collector === 'windows-security') return windowsFields(record);
  if (collector === 'm365') return m365Fields(record);
  if (collector === 'pgaudit') return pgFields(record, access);
  return collector === 'samba' ? sambaFields(record, access) : {};
}

function windowsFields(record: string): RecordFields {
  const event = windowsEvent(record);
  if (typeof event === 'string') return {};
  const { data, id, computer, channel } = event;
  return {
    Keywords: event.failed ? 'Audit Failure' : 'Audit Success',
    ...data,
    EventID: id,
    Computer: computer,
    ComputerName: computer,
    Channel: channel,
  };
}

function m365Fields(record: string): RecordFields {
  const json = parseObject(record) ?? parseObject(innerJson(record));
  if (!json) return {};
  return { ...json, eventName: json['Operation'], eventSource: json['Workload'] };
}

/** A row of the portal's CSV export: its last column is the record, quotes doubled. */
function innerJson(record: string): string {
  const from = record.indexOf('"{');
  const until = record.lastIndexOf('}"');
  return from === -1 || until < from ? record : record.slice(from + 1, until + 1).replaceAll('""', '"');
}

const pgFields = (record: string, access: Access): RecordFields => ({
  user: access.account,
  database: databaseOf(record),
  client_ip: access.ip,
  application_name: access.app,
  object_name: access.object,
  object_type: access.object_kind,
  rows: access.rows,
  statement: record,
});

/** csvlog: time, user, database, each without quotes inside. */
const databaseOf = (record: string): string | undefined => /^[^,]*,"?[^",]*"?,"?([^",]+)"?,/.exec(record)?.[1];

const sambaFields = (record: string, access: Access): RecordFields => ({
  user: access.account,
  client_ip: access.ip,
  host: access.host,
  path: access.object,
  operation: /\|([a-z][a-z_]+)\|(?:ok|fail)\b/.exec(record)?.[1],
});
