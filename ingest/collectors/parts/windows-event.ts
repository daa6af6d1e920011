/**
 * The three ways a Windows security event reaches us, brought to one: Winlogbeat JSON (nested, or with dotted keys),
 * NXLog's flat JSON, and the event's own XML.
 */
import { isObject, type Json, parseObject, textOf } from './json.ts';

export interface WindowsEvent {
  readonly id: number;
  readonly time: string | undefined;
  readonly computer: string | undefined;
  readonly channel: string | undefined;
  readonly recordId: string | undefined;
  readonly failed: boolean;
  readonly data: Json;
}

/** Keywords bit 52: audit failure; bit 53: audit success ([MS-EVEN6], winmeta.xml). */
const failureBit = 0x10_0000_0000_0000n;

function failedByKeywords(keywords: unknown): boolean {
  if (Array.isArray(keywords))
    return keywords.some((word) => typeof word === 'string' && /failure|échec|überwachungsfehler/i.test(word));
  if (typeof keywords === 'string' && !/^(0x[0-9a-f]+|-?\d+)$/i.test(keywords)) return /failure/i.test(keywords);
  if (typeof keywords !== 'string' && typeof keywords !== 'number') return false;
  // NXLog writes the 64 bits as a signed decimal, past 2^53; both masks are powers of two, so nothing is lost in them.
  const bits = BigInt.asUintN(64, BigInt(keywords));
  return (bits & failureBit) !== 0n;
}

/** Winlogbeat flattened: `winlog.event_data.ObjectName` at the top, or halfway (`winlog: {"event_data.ObjectName"}`). */
function dotted(json: Json): Json {
  const root: Record<string, unknown> = {};
  const put = (into: Record<string, unknown>, key: string, value: unknown): void => {
    const dot = key.indexOf('.');
    if (dot === -1) {
      if (isObject(value)) for (const [name, inner] of Object.entries(value)) put(branch(into, key), name, inner);
      else into[key] = value;
    } else put(branch(into, key.slice(0, dot)), key.slice(dot + 1), value);
  };
  const branch = (into: Record<string, unknown>, key: string): Record<string, unknown> => {
    const known = Object.hasOwn(into, key) ? into[key] : undefined;
    if (isObject(known)) return known as Record<string, unknown>;
    const made: Record<string, unknown> = {};
    into[key] = made;
    return made;
  };
  for (const [key, value] of Object.entries(json)) put(root, key, value);
  return root;
}

function fromWinlogbeat(json: Json, winlog: Json): WindowsEvent | string {
  const event = isObject(json['event']) ? json['event'] : {};
  const data = isObject(winlog['event_data'])
    ? winlog['event_data']
    : isObject(winlog['user_data'])
      ? winlog['user_data']
      : undefined;
  const id = Number(winlog['event_id'] ?? event['code']);
  if (!Number.isInteger(id)) return 'the event has no id';
  const outcome = event['outcome'] ?? winlog['outcome'];
  const host = isObject(json['host']) ? json['host'] : {};
  return {
    id,
    time: textOf(winlog['time_created']) ?? textOf(json['@timestamp']),
    computer: textOf(winlog['computer_name']) ?? textOf(host['name']),
    channel: textOf(winlog['channel']),
    recordId: textOf(winlog['record_id']),
    failed: outcome === 'failure' || (outcome === undefined && failedByKeywords(winlog['keywords'])),
    data: data ?? {},
  };
}

function fromNxlog(json: Json): WindowsEvent | string {
  const id = Number(json['EventID']);
  if (!Number.isInteger(id)) return 'the event has no id';
  const type = json['EventType'];
  return {
    id,
    // EventTime is the machine's wall clock without a zone, so any stamp with one is better.
    time: textOf(json['TimeCreated']) ?? textOf(json['@timestamp']) ?? textOf(json['EventTime']),
    computer: textOf(json['Hostname']) ?? textOf(json['Computer']),
    channel: textOf(json['Channel']),
    recordId: textOf(json['RecordNumber']) ?? textOf(json['EventRecordID']),
    failed: type === 'AUDIT_FAILURE' || (type !== 'AUDIT_SUCCESS' && failedByKeywords(json['Keywords'])),
    data: json,
  };
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

const unescapeXml = (text: string): string =>
  !text.includes('&')
    ? text
    : text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|quot|apos|amp));/gi, (whole, hex, decimal, name) => {
        if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole;
        const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
        return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
      });

const element = (xml: string, name: string): string | undefined => {
  const found = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return found === undefined ? undefined : textOf(unescapeXml(found));
};

/** The event as `wevtutil` and forwarding render it: a fixed shape, so no general parser is asked. */
function fromXml(xml: string): WindowsEvent | string {
  if (!xml.trimEnd().endsWith('</Event>') || xml.indexOf('<System>') !== xml.lastIndexOf('<System>'))
    return 'the XML is not one whole event';
  const id = Number(element(xml, 'EventID') ?? Number.NaN);
  if (!Number.isInteger(id)) return 'the event has no id';
  const data: Record<string, string> = {};
  for (const [, , name = '', value = ''] of xml.matchAll(/<Data Name=(["'])([^"']*)\1\s*>([^<]*)<\/Data>/g)) {
    data[name] = unescapeXml(value);
  }
  return {
    id,
    time: /<TimeCreated SystemTime=["']([^"']*)["']/.exec(xml)?.[1],
    computer: element(xml, 'Computer'),
    channel: element(xml, 'Channel'),
    recordId: element(xml, 'EventRecordID'),
    failed: failedByKeywords(element(xml, 'Keywords')),
    data,
  };
}

/** The event a record is; or why it is none. */
export function windowsEvent(record: string): WindowsEvent | string {
  const first = record.charCodeAt(0);
  if (first === 60) return fromXml(record);
  if (first !== 123 && record.trimStart().charCodeAt(0) === 60) return fromXml(record.trimStart());
  const json = parseObject(record);
  if (json === undefined) return 'the record is not one JSON object';
  const winlog = json['winlog'];
  if (isObject(winlog) && (isObject(winlog['event_data']) || isObject(winlog['user_data'])))
    return fromWinlogbeat(json, winlog);
  if (json['EventID'] !== undefined) return fromNxlog(json);
  const flat = dotted(json);
  const nested = flat['winlog'];
  return isObject(nested) ? fromWinlogbeat(flat, nested) : 'the event has no id';
}
