/**
 * PostgreSQL with pgaudit: csvlog, or stderr when `log_line_prefix` is configured. A pgaudit entry is CSV inside the
 * message: AUDIT: type,statement,substatement,class,command,object type,object name,statement text,parameters[,rows]
 * The object is only named when `pgaudit.log_relation` is on; nothing is guessed from SQL. Of the other lines, those
 * that say that a session began, ended or was refused are read; the rest is of no interest.
 */
import type { Place, Reading, Serial } from '../../core/types.ts';
import { type Collector, type CollectorSettings, Ignored, type Parsed, type Parser, Unreadable } from '../collector.ts';
import { csvlog, csvlogColumns, tabContinued } from '../frame.ts';
import { address, hostOfHostPort } from './parts/address.ts';
import { type Columns, createColumns } from './parts/csv.ts';
import { actOf } from './parts/pg-command.ts';
import { auditMark, type PgLine, PgPrefix } from './parts/pg-prefix.ts';
import { sessionEvent } from './parts/pg-session.ts';
import { pgStamp } from './parts/pg-time.ts';
import { openZone, type Zone } from './parts/zone.ts';

const notCsv = new Unreadable('the row is not whole CSV');
const wrongColumns = new Unreadable('the row has a number of columns that no version of PostgreSQL writes');
const notDate = new Unreadable('the time is not a date, or its zone is not known: set time_zone');
const notPrefix = new Unreadable('the line does not begin with log_line_prefix');
const cutMessage = new Unreadable('the message ends before it says anything');
const notAudit = new Unreadable('the pgaudit entry does not have its nine or ten columns');

/** Columns of csvlog (manual section 19.8.4). */
const column = { user: 1, database: 2, from: 4, session: 5, line: 6, severity: 11, message: 13, app: 22 } as const;
/** Columns up to the message: what old versions, and rows cut after it, have. */
const columnsCut = 14;
/** Columns of a pgaudit entry. */
const entry = { type: 0, class: 3, command: 4, kind: 5, object: 6, statement: 7, rows: 9 } as const;

/** What both kinds of log say about the session of a line. */
interface Session {
  at: number;
  user: string;
  database: string;
  /** Name or address of the client, or `[local]`. */
  host: string;
  app: string;
  session: string;
  severity: string;
  serial: Serial | undefined;
}

const lineNumber = /^\d{1,15}$/;

/**
 * session_line_num (`%l`) counts what one session wrote to that log. Sessions are short, so that what is usual is learnt of the
 * whole log. Of stderr only with `%c`: a process id (`%p`) is used again.
 */
function serialOf(session: string, line: string): Serial | undefined {
  return session === '' || !lineNumber.test(line) ? undefined : { log: 'sessions', session, number: Number(line) };
}

/** `schema.table`, each part quoted where it must be. */
function nameParts(name: string): string[] {
  if (!name.includes('"')) return name.split('.');
  return [...name.matchAll(/"((?:[^"]|"")*)"|[^."]+/g)].map(
    ([whole, quoted]) => quoted?.replaceAll('""', '"') ?? whole,
  );
}

/** Kinds of object that hold rows; the names of others (functions, indexes) are no table's. */
const holdsRows = /^(?:TABLE|VIEW|MATERIALIZED VIEW|FOREIGN TABLE|SEQUENCE|PARTITIONED TABLE|TOAST TABLE)/;

function placeOf(database: string, kind: string, name: string): Place {
  const base = database || undefined;
  if (kind === 'SCHEMA') return { database: base, schema: name || undefined, table: undefined };
  const dot = name.indexOf('.');
  // Without a schema it is a type of object that has none.
  if (dot === -1) return { database: base, schema: undefined, table: undefined };
  // A column's name comes third, after its table's.
  const plain = !name.includes('"') && name.indexOf('.', dot + 1) === -1;
  const [schema, table] = plain ? [name.slice(0, dot), name.slice(dot + 1)] : nameParts(name);
  return { database: base, schema, table: holdsRows.test(kind) ? table : undefined };
}

const rowsPattern = /^\d{1,15}$/;

function auditReading(message: string, columns: Columns, session: Session): Parsed {
  const count = columns.cut(message, auditMark.length);
  if (count !== 9 && count !== 10) return notAudit;
  const type = columns.value(entry.type);
  if (type !== 'SESSION' && type !== 'OBJECT') return notAudit;
  const object = columns.value(entry.object);
  const rows = count === 10 ? columns.value(entry.rows) : '';
  if (rows !== '' && !rowsPattern.test(rows)) return notAudit;
  const act = actOf(
    columns.value(entry.class),
    columns.value(entry.command),
    () => columns.value(entry.statement),
    session.app,
  );
  if (act === undefined) return undefined;
  const kind = columns.value(entry.kind);
  return {
    at: session.at,
    class: act.class,
    action: act.action,
    outcome: 'success',
    account: session.user || undefined,
    object: object || undefined,
    object_kind: kind === 'TABLE' ? 'table' : kind.toLowerCase() || undefined,
    object_to: undefined,
    ip: address(session.host),
    host: hostName(session.host),
    app: session.app || undefined,
    session: session.session || undefined,
    bytes: undefined,
    rows: rows === '' ? undefined : Number(rows),
    reason: undefined,
    place: placeOf(session.database, kind, object),
    record: undefined,
    serial: session.serial,
    fold: undefined,
  };
}

/** A client known by name (log_hostname): an address is not a host name, and `[local]` is this machine. */
function hostName(host: string): string | undefined {
  if (host === '' || host === '[local]' || address(host) !== undefined) return undefined;
  return host;
}

function sessionReading(message: string, session: Session): Reading | undefined {
  const event = sessionEvent(message, session.severity);
  if (event === undefined) return undefined;
  const database = session.database || event.database;
  const host = session.host || event.host || '';
  return {
    at: session.at,
    class: 'identity',
    action: event.action,
    outcome: event.outcome,
    account: session.user || event.user,
    object: database,
    object_kind: database === undefined ? undefined : 'database',
    object_to: undefined,
    ip: address(host),
    host: hostName(host),
    app: session.app || undefined,
    session: session.session || undefined,
    bytes: undefined,
    rows: undefined,
    reason: undefined,
    place: { database, schema: undefined, table: undefined },
    record: undefined,
    serial: session.serial,
    fold: undefined,
  };
}

function messageReading(message: string, columns: Columns, session: Session, mayBeCut: boolean): Parsed {
  const isAudit = message.startsWith(auditMark);
  // A record cut inside the mark would otherwise pass for a message that is none of ours.
  if (!isAudit && mayBeCut && auditMark.startsWith(message)) return cutMessage;
  const parsed = isAudit ? auditReading(message, columns, session) : sessionReading(message, session);
  return parsed ?? (session.serial && new Ignored(session.serial, session.at));
}

class CsvParser implements Parser {
  readonly #zone: Zone | undefined;
  readonly #row = createColumns(64);
  readonly #entry = createColumns(16);

  constructor(zone: Zone | undefined) {
    this.#zone = zone;
  }

  parse(record: string, seenAt: number): Parsed {
    const text = record.endsWith('\r') ? record.slice(0, -1) : record;
    const row = this.#row;
    const count = row.cut(text, 0);
    if (count === -1) return notCsv;
    if (!csvlogColumns.has(count)) return wrongColumns;
    // The time is the first column, and nothing in it ever needs quotes.
    const stamp = pgStamp(text, 0, this.#zone, seenAt);
    if (Number.isNaN(stamp.at) || text.charCodeAt(stamp.end) !== 44) return notDate;
    const from = row.value(column.from);
    const session: Session = {
      at: stamp.at,
      user: row.value(column.user),
      database: row.value(column.database),
      host: from === '' ? '' : hostOfHostPort(from),
      app: row.value(column.app),
      session: row.value(column.session),
      severity: row.value(column.severity),
      serial: serialOf(row.value(column.session), row.value(column.line)),
    };
    // A row with every column was not cut, whatever its message.
    return messageReading(row.value(column.message), this.#entry, session, count === columnsCut);
  }
}

class StderrParser implements Parser {
  readonly #prefix: PgPrefix;
  readonly #entry = createColumns(16);
  readonly #line: PgLine = {
    at: 0,
    user: '',
    database: '',
    host: '',
    app: '',
    pid: '',
    session: '',
    number: '',
    severity: '',
    end: 0,
  };

  constructor(prefix: string, zone: Zone | undefined) {
    this.#prefix = new PgPrefix(prefix, zone);
  }

  parse(record: string, seenAt: number): Parsed {
    const text = record.endsWith('\r') ? record.slice(0, -1) : record;
    const line = this.#line;
    if (!this.#prefix.read(text, seenAt, line)) return notPrefix;
    // log_error_verbosity = verbose puts the SQLSTATE before the message.
    const audit = text.startsWith(auditMark, line.end);
    const state = !audit && /^[0-9A-Z]{5}: /.test(text.slice(line.end, line.end + 7)) ? 7 : 0;
    const { at, user, database, host, app, severity } = line;
    const serial = serialOf(line.session, line.number);
    const session: Session = { at, user, database, host, app, session: line.session || line.pid, severity, serial };
    return messageReading(text.slice(line.end + state), this.#entry, session, true);
  }
}

export const pgaudit: Collector = {
  name: 'pgaudit',
  summary: 'PostgreSQL pgaudit in csvlog, or in the stderr log; settings: log_line_prefix (stderr), time_zone',
  docs: 'https://github.com/pgaudit/pgaudit/blob/main/README.md#format',
  caseless: false,
  framing: ({ logLinePrefix }) => (logLinePrefix === undefined ? csvlog : tabContinued),
  open({ logLinePrefix, timeZone }: CollectorSettings) {
    const zone = timeZone === undefined ? undefined : openZone(timeZone);
    return logLinePrefix === undefined ? new CsvParser(zone) : new StderrParser(logLinePrefix, zone);
  },
};
