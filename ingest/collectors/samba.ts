/**
 * Samba `vfs_full_audit` through syslog:
 *   stamp host smbd_audit[pid]: PREFIX|operation|ok or fail (reason)|arguments…
 * PREFIX is what `full_audit:prefix` makes (`prefix` in the source's configuration). A path is the last argument and may
 * itself hold a `|`. A `close` alone says nothing about what was done, so it is of no interest.
 */
import { Fault } from '../../core/errors.ts';
import type { AccessClass, Action, Outcome, Reading } from '../../core/types.ts';
import { type Collector, type CollectorSettings, type Parsed, type Parser, Unreadable } from '../collector.ts';
import { closes, opens } from '../fold.ts';
import { lines } from '../frame.ts';
import { address } from './parts/address.ts';
import { actionOfMask } from './parts/file-mask.ts';
import { ignored, type Operation, operations } from './parts/samba-operations.ts';
import { isoInstant } from './parts/stamp.ts';
import { type SyslogHeader, syslogHeader } from './parts/syslog.ts';
import { compileTemplate, type Template } from './parts/template.ts';
import { openZone, type Zone } from './parts/zone.ts';

const prefixUsual = '%u|%I|%m|%S';

const noOperation = new Unreadable('the operation is none that Samba logs');
const noResult = new Unreadable('the result is neither ok nor fail');
const noArguments = new Unreadable('the line ends before its arguments');
const noMask = new Unreadable('the access mask is not a hexadecimal number');
const glued = new Unreadable('two records run together on one line');
const notPrefix = new Unreadable('the line does not have the fields of full_audit:prefix');

/** What the prefix says; macros we do not use are passed over. */
interface Prefix {
  user: string;
  ip: string;
  machine: string;
  pid: string;
  time: string;
  /** Where the operation begins. */
  end: number;
}

/** smb.conf(5), "variable substitutions". `%u` is the session's user, `%U` the one asked for. */
const slotOf: Readonly<Record<string, Exclude<keyof Prefix, 'end'>>> = {
  u: 'user',
  U: 'user',
  I: 'ip',
  m: 'machine',
  M: 'machine',
  d: 'pid',
  T: 'time',
};

function readPrefix(text: string, from: number, { lead, pieces }: Template, into: Prefix): boolean {
  if (!text.startsWith(lead, from)) return false;
  let at = from + lead.length;
  for (const [index, { macro, literal }] of pieces.entries()) {
    const last = index === pieces.length - 1;
    const end = text.indexOf(last ? `${literal}|` : literal, at);
    if (end === -1 || (literal === '' && !last)) return false;
    const slot = slotOf[macro];
    // `%U` yields to `%u`, `%M` to `%m`: the first written wins.
    if (slot !== undefined && into[slot] === '') into[slot] = text.slice(at, end);
    at = end + literal.length + (last ? 1 : 0);
  }
  into.end = at;
  return true;
}

const denials = /permission denied|operation not permitted|access denied|access_denied/i;

function outcomeOf(result: string): Outcome | undefined {
  if (result === 'ok') return 'success';
  if (!result.startsWith('fail (') || !result.endsWith(')')) return undefined;
  return denials.test(result) ? 'denied' : 'failure';
}

/** Two paths in one string, when either may hold the separator: both hold as many, since most renames keep the folder. */
function twoPaths(text: string): [string, string | undefined] {
  const mark = text.charCodeAt(0) === 47 ? '|/' : '|';
  const places: number[] = [];
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) places.push(at);
  const middle = places[places.length >> 1];
  return middle === undefined ? [text, undefined] : [text.slice(0, middle), text.slice(middle + 1)];
}

interface Target {
  action: Action;
  path: string;
  to: string | undefined;
  kind: string;
}

const dispositions = new Set(['supersede', 'overwrite_if', 'open', 'create', 'open_if', 'overwrite', 'unknown']);

/** `create_file`: mask, `file` or `dir`, disposition, path. */
function createFile(args: string): Target | Unreadable {
  const mask = args.indexOf('|');
  const type = args.indexOf('|', mask + 1);
  const disposition = args.indexOf('|', type + 1);
  if (mask === -1 || type === -1 || disposition === -1) return noArguments;
  const bits = Number(args.slice(0, mask));
  if (!args.startsWith('0x') || !Number.isInteger(bits)) return noMask;
  const folder = args.slice(mask + 1, type) === 'dir';
  const how = args.slice(type + 1, disposition);
  if (!dispositions.has(how)) return noArguments;
  const replaces = how === 'create' ? 'create' : how.startsWith('over') || how === 'supersede' ? 'write' : undefined;
  const action = replaces ?? actionOfMask(bits, folder);
  return { action, path: args.slice(disposition + 1), to: undefined, kind: folder ? 'folder' : 'file' };
}

function targetOf({ action, kind, shape, after }: Operation, args: string): Target | Unreadable {
  if (shape === 'create_file') return createFile(args);
  if (shape === 'mode') {
    const writes = args.startsWith('w|');
    if (!writes && !args.startsWith('r|')) return noArguments;
    return { action: writes ? 'write' : 'read', path: args.slice(2), to: undefined, kind };
  }
  if (shape === 'two') {
    const [path, to] = twoPaths(args);
    return { action, path, to, kind };
  }
  let end = args.length;
  for (let i = 0; i < after && end !== -1; i += 1) end = args.lastIndexOf('|', end - 1);
  if (end === -1) return noArguments;
  if (shape === 'acl') {
    // With full_audit:log_secdesc the new descriptor follows, as SDDL.
    const descriptor = args.lastIndexOf('|');
    if (descriptor !== -1 && /^[OGDS]:/.test(args.slice(descriptor + 1))) end = descriptor;
  }
  return { action, path: args.slice(0, end), to: undefined, kind };
}

class SambaParser implements Parser {
  readonly #zone: Zone | undefined;
  readonly #prefix: Template;

  constructor({ timeZone, prefix }: CollectorSettings) {
    this.#zone = timeZone === undefined ? undefined : openZone(timeZone);
    this.#prefix = compileTemplate(prefix ?? prefixUsual);
    const unclear = this.#prefix.pieces.some(({ literal }, i, all) => literal === '' && i < all.length - 1);
    if (unclear || this.#prefix.pieces.length === 0) {
      throw new Fault(
        'CONFIG_INVALID',
        'prefix must be full_audit:prefix with something between its macros, like %u|%I',
      );
    }
  }

  parse(record: string, seenAt: number): Parsed {
    const text = record.endsWith('\r') ? record.slice(0, -1) : record;
    const header = syslogHeader(text, this.#zone, seenAt);
    if (typeof header === 'string') return new Unreadable(header);
    if (text.includes(header.tag, header.end)) return glued;
    const prefix: Prefix = { user: '', ip: '', machine: '', pid: '', time: '', end: 0 };
    if (!readPrefix(text, header.end, this.#prefix, prefix)) return notPrefix;
    const at = prefix.time === '' ? header.at : this.#timeOf(prefix.time, header, seenAt);
    return this.#operation(text, prefix, at, prefix.pid || header.pid);
  }

  /** `%T` is the server's wall clock, `2026/03/04 09:15:02` by default; syslog's own stamp stands in for other shapes. */
  #timeOf(time: string, header: SyslogHeader, seenAt: number): number {
    const at = isoInstant(time.replaceAll('/', '-'), this.#zone, seenAt);
    return Number.isNaN(at) ? header.at : at;
  }

  #operation(text: string, prefix: Prefix, at: number, pid: string): Parsed {
    const nameEnd = text.indexOf('|', prefix.end);
    if (nameEnd === -1) return noOperation;
    const name = text.slice(prefix.end, nameEnd);
    const operation = operations.get(name);
    if (operation === undefined && !ignored.has(name)) return noOperation;
    const pipe = text.indexOf('|', nameEnd + 1);
    const resultEnd = pipe === -1 ? text.length : pipe;
    const outcome = outcomeOf(text.slice(nameEnd + 1, resultEnd));
    if (outcome === undefined) return noResult;
    if (operation === undefined) return undefined;
    const args = text.slice(resultEnd + 1);
    if (args === '') return noArguments;
    const target = targetOf(operation, args);
    if (target instanceof Unreadable) return target;
    if (target.path === '') return noArguments;
    return reading(at, outcome, target, prefix, pid, foldOf(operation, target, `${pid}|${prefix.user}|${target.path}`));
  }
}

/** SMB has no call that deletes or renames: a client opens with the right to, and says what it wants of the open file. */
function foldOf({ shape, fold }: Operation, { action }: Target, key: string): string | undefined {
  const toEnd = shape === 'create_file' && (action === 'delete' || action === 'rename');
  if (toEnd) return `${opens}end|${key}`;
  if (fold === 'ends') return `${closes}end|${key}`;
  return fold === 'opens' ? `${opens}${key}` : fold && key;
}

const file: AccessClass = 'file';

function reading(
  at: number,
  outcome: Outcome,
  { action, path, to, kind }: Target,
  { user, ip, machine }: Prefix,
  pid: string,
  fold: string | undefined,
): Reading {
  return {
    at,
    class: file,
    action,
    outcome,
    account: user || undefined,
    object: path,
    object_kind: kind,
    object_to: to,
    ip: address(ip),
    host: machine || undefined,
    app: undefined,
    session: pid || undefined,
    bytes: undefined,
    rows: undefined,
    reason: undefined,
    place: { path },
    record: undefined,
    fold,
  };
}

export const samba: Collector = {
  name: 'samba',
  summary:
    'Samba vfs_full_audit lines through syslog; settings: time_zone, prefix (full_audit:prefix, default %u|%I|%m|%S)',
  docs: 'https://www.samba.org/samba/docs/current/man-html/vfs_full_audit.8.html',
  caseless: false,
  framing: () => lines,
  open: (settings) => new SambaParser(settings),
};
