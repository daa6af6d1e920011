/**
 * One record of each format that reads an object, made for `cordon doctor --canary` after the vendors' pages named in the
 * collectors: a source's own settings decide what it looks like, as they decide how it is read.
 */
import { isoOf, offsetMs } from '../../../core/time.ts';
import type { Instant } from '../../../core/types.ts';
import type { CollectorSettings } from '../../collector.ts';

export interface CanaryAct {
  readonly at: Instant;
  readonly login: string;
  /** The client's id, as the canary firm's directory has it. */
  readonly client: string;
}

type Write = (act: CanaryAct, settings: CollectorSettings) => string;

const ip = '192.0.2.7';

/** `2026-03-04 09:15:02.000` in the source's zone, for stamps that carry none. */
const stamp = (at: Instant, { timeZone }: CollectorSettings): string =>
  isoOf(at + (timeZone === undefined ? 0 : offsetMs(timeZone, at)))
    .slice(0, -1)
    .replace('T', ' ');

const filled = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/%(-?\d*)([A-Za-z%])/g, (_, __, macro: string) => (macro === '%' ? '%' : (values[macro] ?? '0')));

const samba: Write = ({ at, login, client }, settings) => {
  const time = stamp(at, settings).slice(0, 19).replaceAll('-', '/');
  const values = { u: login, U: login, I: ip, i: ip, m: 'canary', M: 'canary', S: 'canary', T: time, d: '1' };
  const prefix = filled(settings.prefix ?? '%u|%I|%m|%S', values);
  return `${isoOf(at).slice(0, -1)}000+00:00 canary smbd_audit[1]: ${prefix}|openat|ok|r|/srv/clients/${client}/canary ${at}.txt`;
};

const pgaudit: Write = ({ at, login, client }, settings) => {
  const statement = `AUDIT: SESSION,1,1,READ,SELECT,TABLE,${client}.canary,`;
  const asked = `SELECT * FROM ${client}.canary WHERE at = ${at}`;
  const { logLinePrefix: prefix } = settings;
  if (prefix === undefined)
    return `${isoOf(at).slice(0, -1).replace('T', ' ')} UTC,${login},canary,1,${ip}:5,1.1,1,SELECT,${isoOf(at).slice(0, 19).replace('T', ' ')} UTC,3/1,0,LOG,00000,"${statement}""${asked}"",<none>",,,,,,,,,psql,client backend,,0`;
  const zoned = `${isoOf(at).slice(0, -1).replace('T', ' ')} UTC`;
  const values = {
    m: zoned,
    t: `${zoned.slice(0, 19)} UTC`,
    s: `${zoned.slice(0, 19)} UTC`,
    n: `${Math.floor(at / 1_000)}.000`,
    u: login,
    d: 'canary',
    h: ip,
    r: `${ip}(5)`,
    a: 'psql',
    b: 'client backend',
    i: 'SELECT',
    e: '00000',
    c: '1.1',
    v: '3/1',
    q: '',
  };
  return `${filled(prefix, values)}LOG:  ${statement}"${asked}",<none>`;
};

const windowsSecurity: Write = ({ at, login, client }) =>
  JSON.stringify({
    '@timestamp': isoOf(at),
    event: { code: '5145', provider: 'Microsoft-Windows-Security-Auditing', outcome: 'success', kind: 'event' },
    host: { name: 'CANARY' },
    winlog: {
      channel: 'Security',
      computer_name: 'CANARY',
      event_id: '5145',
      record_id: at,
      keywords: ['Audit Success'],
      event_data: {
        SubjectUserSid: 'S-1-5-21-1-2-3-4',
        SubjectUserName: login,
        SubjectDomainName: 'CANARY',
        SubjectLogonId: '0x1',
        ObjectType: 'File',
        IpAddress: ip,
        IpPort: '5',
        ShareName: '\\\\*\\Clients',
        ShareLocalPath: '\\??\\D:\\Clients',
        RelativeTargetName: `${client}\\canary.txt`,
        AccessMask: '0x120089',
        AccessList: '%%1538\n\t\t\t\t%%4416\n\t\t\t\t%%4423',
        AccessReason: '-',
      },
    },
  });

const m365: Write = ({ at, login, client }) =>
  JSON.stringify({
    CreationTime: isoOf(at).slice(0, 19),
    Id: `00000000-0000-4000-8000-${String(at).slice(-12).padStart(12, '0')}`,
    Operation: 'FileAccessed',
    OrganizationId: '00000000-0000-4000-8000-000000000000',
    RecordType: 6,
    UserKey: login,
    UserType: 0,
    Version: 1,
    Workload: 'SharePoint',
    ClientIP: ip,
    UserId: login,
    EventSource: 'SharePoint',
    ItemType: 'File',
    SiteUrl: `https://canary.example/sites/${client}/`,
    SourceRelativeUrl: 'Shared Documents',
    SourceFileName: 'canary.txt',
    SourceFileExtension: 'txt',
    ObjectId: `https://canary.example/sites/${client}/Shared Documents/canary.txt`,
  });

/** By the collector's name; a format that is not here has no canary yet. */
export const canaryRecords: Readonly<Record<string, Write>> = {
  samba,
  pgaudit,
  'windows-security': windowsSecurity,
  m365,
};

/** Where that client's data lies for each of them, as a directory says it. */
export const canaryResources = (source: string, collector: string, client: string): Record<string, string> =>
  collector === 'pgaudit'
    ? { source, schema: client }
    : collector === 'm365'
      ? { source, site: `/sites/${client}` }
      : { source, path: collector === 'samba' ? `/srv/clients/${client}/**` : `**/Clients/${client}/**` };
