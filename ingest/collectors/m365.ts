/**
 * Microsoft 365 Unified Audit Log: one JSON record a line, as the Management Activity API gives it, or a row of the
 * compliance portal's CSV export, whose last columns hold the same JSON. `CreationTime` is always UTC and never says so.
 */
import type { Place, Reading } from '../../core/types.ts';
import { type Collector, type Parsed, type Parser, Unreadable } from '../collector.ts';
import { lines } from '../frame.ts';
import { address } from './parts/address.ts';
import { createColumns } from './parts/csv.ts';
import { isObject, type Json, parseObject, textOf } from './parts/json.ts';
import { dlp, operationOf, outcomeOf } from './parts/m365-operations.ts';
import { isoInstant } from './parts/stamp.ts';

const notJson = new Unreadable('the record is not one JSON object');
const page = new Unreadable('the record is a page of several; give one record a line');
const notDate = new Unreadable('CreationTime is not a date');
const noOperation = new Unreadable('the record has no Operation');

/** Name and value pairs: a list of them, or, from some exports, a text that is the list again. */
function pairs(value: unknown): readonly Json[] {
  if (Array.isArray(value)) return value.filter(isObject);
  if (typeof value !== 'string' || value.charCodeAt(0) !== 91) return [];
  try {
    const inner: unknown = JSON.parse(value);
    return Array.isArray(inner) ? inner.filter(isObject) : [];
  } catch {
    return [];
  }
}

/** A property's new value; some are JSON in a text, `["x"]` or `"x"`. */
function newValue(properties: unknown, name: string): string | undefined {
  const found = pairs(properties).find((property) => property['Name'] === name || property['name'] === name);
  const value = textOf(found?.['NewValue']) || textOf(found?.['OldValue']) || textOf(found?.['Value']);
  if (value === undefined) return undefined;
  const bare = /^\s*\[?\s*"([^"\\]*)"\s*\]?\s*$/.exec(value);
  return textOf(bare?.[1] ?? value);
}

/** `https://firm.sharepoint.com/sites/acme/` to `/sites/acme`: what the directory calls a site. */
function sitePath(url: string): string | undefined {
  const host = url.indexOf('://');
  const slash = url.indexOf('/', host === -1 ? 0 : host + 3);
  if (slash === -1) return undefined;
  let end = url.length;
  while (end > slash + 1 && url.charCodeAt(end - 1) === 47) end -= 1;
  const path = url.slice(slash, end);
  return path.includes('%') ? decoded(path) : path;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A document's address without a SiteUrl still says its site: the first two parts of its path. */
function siteOfDocument(object: string | undefined): string | undefined {
  if (object === undefined || !/^https?:\/\//.test(object)) return undefined;
  const match = /^https?:\/\/[^/]+(\/(?:sites|teams|personal)\/[^/]+)/.exec(object);
  return match?.[1] === undefined ? undefined : sitePath(`x://x${match[1]}`);
}

function placeOf(json: Json, object: string | undefined): Place {
  const site = textOf(json['SiteUrl']);
  const team = textOf(json['TeamName']) ?? textOf(json['AADGroupId']);
  return {
    site: site === undefined ? siteOfDocument(object) : sitePath(site),
    drive: undefined,
    channel: textOf(json['ChannelName']),
    workspace: team,
    mailbox: textOf(json['MailboxOwnerUPN']),
    group: newValue(json['ModifiedProperties'], 'Group.DisplayName'),
  };
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Microsoft calls Id the "unique identifier of an audit record", and a record delivered twice keeps it. But data loss
 * prevention writes one record a place under one Id, mailbox actions one a batch of items, and anonymised exports
 * repeat a filler; two such records differ in their bytes, so their bytes are their id and none can hide another.
 * Time and operation are part of the id for whatever else may share one.
 */
function recordId(json: Json, operation: string, time: string): string | undefined {
  const id = json['Id'];
  if (typeof id !== 'string' || !guid.test(id)) return undefined;
  if ('AffectedItems' in json || 'OperationProperties' in json || dlp.test(operation)) return undefined;
  return `${id}/${operation}/${time}`;
}

/** Microsoft's own servers (ARIN: 2603:1000::/24), which may stand where the client's address belongs. */
const serverOfMicrosoft = /^2603:10[0-9a-f]{2}:/;

/**
 * The first of the three fields that has an address of a client; their forms differ: with port, in brackets, IPv4 in
 * IPv6. Exchange writes the device into one of two and sometimes its own server into the other.
 */
function ipOf(json: Json): string | undefined {
  const first = address(textOf(json['ClientIP']));
  if (first !== undefined && !serverOfMicrosoft.test(first)) return first;
  const second = address(textOf(json['ClientIPAddress']));
  if (second !== undefined && !serverOfMicrosoft.test(second)) return second;
  return first ?? second ?? address(textOf(json['ActorIpAddress']));
}

function sizeOf(json: Json): number | undefined {
  const size = Number(json['FileSizeBytes'] ?? Number.NaN);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

function itemText(json: Json): string | undefined {
  const item = json['Item'];
  const document = json['SharePointMetaData'];
  if (isObject(document)) return textOf(document['FilePathUrl']);
  return isObject(item) ? (textOf(item['Subject']) ?? textOf(item['Id'])) : undefined;
}

/** What was acted on. A search's object is what was searched for; a membership's is the group. */
function objectOf(json: Json, action: string, group: string | undefined): string | undefined {
  if (action === 'search') return textOf(json['SearchQueryText']) ?? textOf(json['ObjectId']);
  if (group !== undefined) return group;
  return textOf(json['ObjectId']) ?? itemText(json) ?? textOf(json['TeamName']) ?? textOf(json['MailboxOwnerUPN']);
}

/** Whom or where to: the member, the guest, the new name. */
function targetOf(json: Json, group: string | undefined): string | undefined {
  if (group !== undefined) return textOf(json['ObjectId']);
  const target = textOf(json['TargetUserOrGroupName']);
  if (target !== undefined) return target;
  const name = textOf(json['DestinationFileName']);
  const folder = textOf(json['DestinationRelativeUrl']);
  return name === undefined ? folder : folder === undefined ? name : `${folder}/${name}`;
}

function reading(json: Json, operation: string, time: string, at: number): Reading {
  const act = operationOf(operation, json);
  const place = placeOf(json, textOf(json['ObjectId']) ?? itemText(json));
  const group = act.class === 'admin' ? place.group : undefined;
  const context = json['AppAccessContext'];
  return {
    at,
    class: act.class,
    action: act.action,
    outcome: outcomeOf(operation, json),
    account: textOf(json['UserId']),
    object: objectOf(json, act.action, group),
    object_kind: group === undefined ? textOf(json['ItemType'])?.toLowerCase() : 'group',
    object_to: targetOf(json, group),
    ip: ipOf(json),
    host: undefined,
    app: textOf(json['Workload']),
    session: isObject(context) ? textOf(context['AADSessionId']) : textOf(json['SessionId']),
    bytes: sizeOf(json),
    rows: undefined,
    reason: undefined,
    place,
    record: recordId(json, operation, time),
    fold: undefined,
  };
}

/** The JSON inside a row of the portal's CSV export; `undefined` for its heading. */
function exported(record: string): Json | Unreadable | undefined {
  const columns = createColumns(64);
  const count = columns.cut(record.endsWith('\r') ? record.slice(0, -1) : record, 0);
  let heading = false;
  for (let i = 0; i < count; i += 1) {
    const value = columns.value(i);
    if (value === 'AuditData') heading = true;
    if (value.startsWith('{')) return parseObject(value) ?? notJson;
  }
  return heading ? undefined : notJson;
}

function objectIn(record: string): Json | Unreadable | undefined {
  const first = record.charCodeAt(0);
  if (first === 123) return parseObject(record) ?? notJson;
  if (first === 91) {
    const records = pairs(record.trimEnd());
    const [only] = records;
    return records.length > 1 ? page : (only ?? notJson);
  }
  return parseObject(record) ?? exported(record);
}

const parser: Parser = {
  parse(record, seenAt): Parsed {
    const json = objectIn(record);
    if (json === undefined || json instanceof Unreadable) return json;
    const operation = textOf(json['Operation']);
    if (operation === undefined) return noOperation;
    const time = textOf(json['CreationTime']);
    const at = time === undefined ? Number.NaN : isoInstant(time, undefined, seenAt);
    return time === undefined || Number.isNaN(at) ? notDate : reading(json, operation, time, at);
  },
};

export const m365: Collector = {
  name: 'm365',
  summary: 'Microsoft 365 Unified Audit Log: JSON, one record a line, or the rows of a CSV export',
  docs: 'https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema',
  caseless: true,
  framing: () => lines,
  open: () => parser,
};
