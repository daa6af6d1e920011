/**
 * Windows security auditing of files and shares. The handle ties records of one act together: 4656 asks for it, 4663
 * uses it, 4660 says that its object is gone and names nothing else. 5145 is the same act seen by the SMB server; it
 * has the client's address and no handle, and its path is built so that it equals what 4663 calls the object.
 */
import type { AccessClass, Action, Reading, Serial } from '../../core/types.ts';
import { type Collector, type CollectorSettings, Ignored, type Parsed, type Parser, Unreadable } from '../collector.ts';
import { opens } from '../fold.ts';
import { lines } from '../frame.ts';
import { address } from './parts/address.ts';
import { actionOfMask } from './parts/file-mask.ts';
import { type Json, textOf } from './parts/json.ts';
import { isoInstant } from './parts/stamp.ts';
import { type WindowsEvent, windowsEvent } from './parts/windows-event.ts';
import { openZone, type Zone } from './parts/zone.ts';

const notDate = new Unreadable('the time of the event is not a date');
const noMask = new Unreadable('the access mask is not a hexadecimal number');
const noObject = new Unreadable('the event names no object');

const handleAsked = 4656;
const objectDeleted = 4660;
const objectAccessed = 4663;
const permissionsChanged = 4670;
const shareOpened = 5140;
const shareObjectChecked = 5145;
const logCleared = 1102;

/** `DOMAIN\name`, `name` when there is no domain, the SID when there is no name. */
function accountOf(data: Json): string | undefined {
  const name = textOf(data['SubjectUserName']);
  if (name === undefined) return textOf(data['SubjectUserSid']);
  const domain = textOf(data['SubjectDomainName']);
  return domain === undefined ? name : `${domain}\\${name}`;
}

/** `\??\D:\Clients` and `acme\x.docx` to `D:\Clients\acme\x.docx`. A share without a path (IPC$) lends its name. */
function sharePath(data: Json): string | undefined {
  const local = textOf(data['ShareLocalPath']);
  const share = local === undefined ? textOf(data['ShareName']) : local.startsWith('\\??\\') ? local.slice(4) : local;
  if (share === undefined) return undefined;
  const inside = textOf(data['RelativeTargetName']);
  // The root of a drive keeps its backslash: `C:` alone would be something else.
  if (inside === undefined || inside === '\\') return share;
  const base = share.endsWith('\\') ? share.slice(0, -1) : share;
  return inside.startsWith('\\') ? base + inside : `${base}\\${inside}`;
}

const maskPattern = /^0x[0-9a-f]{1,8}$/i;

function maskOf(data: Json): number {
  const mask = data['AccessMask'];
  return typeof mask === 'string' && maskPattern.test(mask) ? Number.parseInt(mask, 16) : Number.NaN;
}

/** Registry keys, processes, tokens: their masks mean other things, and they are nobody's client data. */
function actionOfOther(mask: number): Action {
  if ((mask & 0x1_0000) !== 0) return 'delete';
  return (mask & 0xc_0000) !== 0 ? 'grant' : 'read';
}

/** `undefined` when there is no handle to speak of: `0x0` is what a refused 4656 has. */
function foldKey({ computer, data }: WindowsEvent): string | undefined {
  const handle = textOf(data['HandleId']);
  if (handle === undefined || /^0x0*$/.test(handle)) return undefined;
  return `${computer ?? ''}|${textOf(data['SubjectLogonId']) ?? ''}|${textOf(data['ProcessId']) ?? ''}|${handle}`;
}

interface Act {
  readonly action: Action;
  readonly class: AccessClass;
  readonly object: string | undefined;
  readonly kind: string | undefined;
  readonly path: string | undefined;
  readonly fold: string | undefined;
}

function objectAct(event: WindowsEvent): Act | Unreadable {
  const { data, id } = event;
  const object = textOf(data['ObjectName']);
  const type = textOf(data['ObjectType'])?.toLowerCase();
  const isFile = type === undefined || type === 'file' || type === 'folder' || type === 'directory';
  const key = foldKey(event);
  const fold = key !== undefined && id === handleAsked ? `${opens}${key}` : key;
  if (id === permissionsChanged)
    return {
      action: 'grant',
      class: isFile ? 'file' : 'admin',
      object,
      kind: type,
      path: isFile ? object : undefined,
      fold: undefined,
    };
  const mask = maskOf(data);
  if (Number.isNaN(mask)) return noMask;
  if (!isFile) return { action: actionOfOther(mask), class: 'admin', object, kind: type, path: undefined, fold };
  return {
    action: actionOfMask(mask, type === 'folder' || type === 'directory'),
    class: 'file',
    object,
    kind: type,
    path: object,
    fold,
  };
}

/** What was done to what; `undefined` for events of no interest. */
function actOf(event: WindowsEvent): Act | Unreadable | undefined {
  const { data } = event;
  switch (event.id) {
    case handleAsked:
    case objectAccessed:
    case permissionsChanged:
      return objectAct(event);
    case objectDeleted:
      // Its object is the one its handle was opened for, which the fold knows.
      return {
        action: 'delete',
        class: 'file',
        object: undefined,
        kind: undefined,
        path: undefined,
        fold: foldKey(event),
      };
    case shareObjectChecked: {
      const path = sharePath(data);
      const mask = maskOf(data);
      if (path === undefined) return noObject;
      if (Number.isNaN(mask)) return noMask;
      const kind = textOf(data['ObjectType'])?.toLowerCase();
      return {
        action: actionOfMask(mask, kind === 'folder'),
        class: 'file',
        object: path,
        kind,
        path,
        fold: undefined,
      };
    }
    case shareOpened: {
      const path = sharePath(data);
      if (path === undefined) return noObject;
      // Connecting shows what a share is called, and no more.
      return { action: 'list', class: 'file', object: path, kind: 'share', path, fold: undefined };
    }
    case logCleared:
      return {
        action: 'audit_change',
        class: 'admin',
        object: event.channel,
        kind: 'log',
        path: undefined,
        fold: undefined,
      };
    default:
      return undefined;
  }
}

class WindowsParser implements Parser {
  readonly #zone: Zone | undefined;

  constructor({ timeZone }: CollectorSettings) {
    this.#zone = timeZone === undefined ? undefined : openZone(timeZone);
  }

  parse(record: string, seenAt: number): Parsed {
    const event = windowsEvent(record);
    if (typeof event === 'string') return new Unreadable(event);
    const act = actOf(event);
    if (act instanceof Unreadable) return act;
    const serial = serialOf(event);
    if (act === undefined && serial === undefined) return undefined;
    const at = event.time === undefined ? Number.NaN : isoInstant(event.time, this.#zone, seenAt);
    if (act === undefined) return serial && new Ignored(serial, Number.isNaN(at) ? undefined : at);
    return Number.isNaN(at) ? notDate : reading(event, act, at, serial);
  }
}

/** Beyond that a double has no exact number; a log of a million events a second has not reached it in a human life. */
const recordNumber = /^\d{1,15}$/;

/** EventRecordID counts the events of one log of one machine, also of those that nobody asked for. */
function serialOf({ computer, channel, recordId }: WindowsEvent): Serial | undefined {
  if (computer === undefined || recordId === undefined || !recordNumber.test(recordId)) return undefined;
  return { log: `${computer}/${channel ?? ''}`, number: Number(recordId) };
}

function reading(event: WindowsEvent, act: Act, at: number, serial: Serial | undefined): Reading {
  const { data, computer, channel, recordId } = event;
  return {
    at,
    class: act.class,
    action: act.action,
    // Auditing of objects fails for one reason: the access check said no.
    outcome: event.failed ? 'denied' : 'success',
    account: accountOf(data),
    object: act.object,
    object_kind: act.kind,
    object_to: undefined,
    ip: address(textOf(data['IpAddress'])),
    host: computer,
    app: textOf(data['ProcessName']),
    session: textOf(data['SubjectLogonId']),
    bytes: undefined,
    rows: undefined,
    reason: undefined,
    place: { path: act.path },
    // A log that was cleared or a machine set up anew counts from 1 again, so the time is part of the id.
    record:
      recordId === undefined || computer === undefined ? undefined : `${computer}/${channel ?? ''}/${recordId}@${at}`,
    serial,
    fold: act.fold,
  };
}

export const windowsSecurity: Collector = {
  name: 'windows-security',
  summary:
    'Windows security events 4656, 4660, 4663, 4670, 5140, 5145 and 1102 as Winlogbeat or NXLog JSON, or XML; settings: time_zone (NXLog)',
  docs: 'https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-5145',
  caseless: true,
  framing: () => lines,
  open: (settings) => new WindowsParser(settings),
};
