/** Acts as the four sources write them down. Formats after the vendors' pages, which the collectors of these names cite. */
import { isoOf } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import type { Act, Line } from './act.ts';
import type { Dice } from './dice.ts';
import { domain, sharePoint } from './firm.ts';

export type Scribe = (act: Act) => Line[];

/** Each source counts its own records, processes and sessions, as real ones do. */
export function scribe(dice: Dice): Scribe {
  const samba = sambaScribe(dice);
  const windows = windowsScribe(dice);
  const ledger = pgauditScribe(dice);
  const office = m365Scribe(dice);
  const by = { 'files-bristol': samba, 'files-boston': windows, ledger, m365: office };
  return (act) => by[act.source](act);
}

/** One number for each key, for as long as the demo lasts: process ids, logon ids. */
function numbers(make: () => number): (key: string) => number {
  const known = new Map<string, number>();
  return (key) => {
    const number = known.get(key) ?? make();
    known.set(key, number);
    return number;
  };
}

/** vfs_full_audit(8) through syslog with RFC 3339 stamps and microseconds. */
function sambaScribe(dice: Dice): Scribe {
  const process = numbers(() => dice.between(2_100, 31_000));
  return ({ at, source, account, ip, machine, deed, folder, item }) => {
    const head = (ms: number) => {
      const micros = String(dice.between(0, 999)).padStart(3, '0');
      const stamp = isoOf(ms).replace('Z', `${micros}+00:00`);
      const pid = process(`${account} ${Math.floor(at / 86_400_000)}`);
      return `${stamp} brs-files smbd_audit[${pid}]: ${account}|${ip}|${machine}|work`;
    };
    const path = `${folder}/${item}`;
    if (deed === 'list') return [{ at, source, record: `${head(at)}|fdopendir|ok|${folder}` }];
    const mode = deed === 'save' ? 'w' : 'r';
    const opened = `${head(at)}|openat|ok|${mode}|${path}`;
    // A longer read leaves a second record of the same act.
    if (dice.roll() > 0.3) return [{ at, source, record: opened }];
    const moved = deed === 'save' ? 'pwrite_send' : 'pread_send';
    return [
      { at, source, record: opened },
      { at: at + 40, source, record: `${head(at + 40)}|${moved}|ok|${path}` },
    ];
  };
}

/** Event 4663 and 5145 (learn.microsoft.com, "Audit File System", "Audit Detailed File Share") as Winlogbeat 8 ships them. */
function windowsScribe(dice: Dice): Scribe {
  const logon = numbers(() => dice.between(0x10000, 0xffffff));
  let recordId = 884_120;
  let handle = 0x210;
  return ({ at, source, account, sid, ip, machine, deed, folder, item }) => {
    const subject = {
      SubjectUserSid: sid,
      SubjectUserName: account,
      SubjectDomainName: 'MARLOWE',
      SubjectLogonId: `0x${logon(`${account} ${Math.floor(at / 86_400_000)}`).toString(16)}`,
    };
    const event = (ms: number, code: string, data: object): Line => {
      recordId += 1;
      const record = JSON.stringify({
        '@timestamp': isoOf(ms),
        event: { code, kind: 'event', outcome: 'success', provider: 'Microsoft-Windows-Security-Auditing' },
        host: { name: 'BOS-FILES' },
        winlog: {
          channel: 'Security',
          computer_name: `BOS-FILES.${domain}`,
          event_id: code,
          keywords: ['Audit Success'],
          record_id: recordId,
          event_data: { ...subject, ...data },
        },
      });
      return { at: ms, source, record };
    };
    const path = deed === 'list' ? folder : `${folder}\\${item}`;
    const mask = deed === 'save' ? ['%%4417', '0x2'] : ['%%4416', '0x1'];
    const share = {
      ObjectType: 'File',
      IpAddress: ip,
      IpPort: String(dice.between(49_152, 65_535)),
      ShareName: '\\\\*\\Work',
      ShareLocalPath: '\\??\\D:\\Work',
      RelativeTargetName: path.slice('D:\\Work\\'.length),
      AccessMask: mask[1],
      AccessList: `${mask[0]}\n\t\t\t\t`,
    };
    handle += 4;
    const access = {
      ObjectServer: 'Security',
      ObjectType: 'File',
      ObjectName: path,
      HandleId: `0x${handle.toString(16)}`,
      AccessList: `${mask[0]}\n\t\t\t\t`,
      AccessMask: mask[1],
      ProcessId: '0x4',
      ProcessName: '',
      ResourceAttributes: 'S:AI',
    };
    // The SMB server sees, and names the address of, only what comes through the network.
    const both = machine !== 'bos-files' && dice.roll() < 0.5 ? [event(at, '5145', share)] : [];
    return [...both, event(at + 2, '4663', access)];
  };
}

/** pgaudit 17 in csvlog of PostgreSQL 17 (manual, "Error Reporting and Logging"): 26 columns, `pgaudit.log_rows` on. */
function pgauditScribe(dice: Dice): Scribe {
  const pid = numbers(() => dice.between(4_000, 32_000));
  const lineNumber = new Map<string, number>();
  const stamp = (ms: Instant) => isoOf(ms).replace('T', ' ').replace('Z', ' UTC');
  return ({ at, source, account, ip, deed, folder, item }) => {
    const hour = Math.floor(at / 3_600_000) * 3_600_000;
    const session = `${account} ${hour}`;
    const line = (lineNumber.get(session) ?? 0) + 1;
    lineNumber.set(session, line);
    const process = pid(session);
    const id = `${Math.floor(hour / 1_000).toString(16)}.${process.toString(16)}`;
    const table = `${folder}.${item}`;
    const copies = deed === 'copy-table';
    const rows = copies ? dice.between(20_000, 60_000) : dice.between(1, 240);
    const sql = copies
      ? `COPY ${table} TO STDOUT (FORMAT csv)`
      : dice.pick([
          `SELECT id, posted, amount FROM ${table} WHERE period = 'Q${dice.between(1, 4)}'`,
          `SELECT count(*), sum(amount)\n  FROM ${table}\n WHERE note <> ''`,
          `SELECT * FROM ${table} ORDER BY posted DESC LIMIT 200`,
        ]);
    const statement = /["\n,]/.test(sql) ? `"${sql.replaceAll('"', '""')}"` : sql;
    const audit = `AUDIT: SESSION,${line},1,READ,${copies ? 'COPY' : 'SELECT'},TABLE,${table},${statement},<none>,${rows}`;
    const app = copies ? 'psql' : 'DBeaver 25.2 - SQLEditor';
    const row = [
      stamp(at),
      account,
      'practice',
      process,
      `${ip}:${40_000 + (process % 20_000)}`,
      id,
      line,
      copies ? 'COPY' : 'SELECT',
      `${stamp(hour).slice(0, 19)} UTC`,
      `7/${line}`,
      0,
      'LOG',
      '00000',
      `"${audit.replaceAll('"', '""')}"`,
      ...Array.from({ length: 8 }, () => ''),
      app,
      'client backend',
      '',
      0,
    ];
    return [{ at, source, record: row.join(',') }];
  };
}

/** Office 365 Management Activity API schema: common, SharePoint base and file operations. */
function m365Scribe(dice: Dice): Scribe {
  const organisation = '6b1f3c52-2f9d-4a86-9f0e-7c41d5a0b8e3';
  const operations = { open: 'FileAccessed', save: 'FileModified', download: 'FileDownloaded' } as const;
  return ({ at, source, account, ip, deed, folder, item, machine }) => {
    const operation = deed === 'save' || deed === 'download' ? operations[deed] : operations.open;
    const file = item.slice(item.lastIndexOf('/') + 1);
    const below = item.slice(0, Math.max(0, item.lastIndexOf('/')));
    const record = JSON.stringify({
      CreationTime: isoOf(at).slice(0, 19),
      Id: dice.uuid(),
      Operation: operation,
      OrganizationId: organisation,
      RecordType: 6,
      UserKey: account,
      UserType: 0,
      Version: 1,
      Workload: 'SharePoint',
      ClientIP: ip,
      UserId: account,
      CorrelationId: dice.uuid(),
      EventSource: 'SharePoint',
      ItemType: 'File',
      UserAgent: machine,
      SiteUrl: `${sharePoint}${folder}/`,
      SourceRelativeUrl: `Shared Documents/${below}`,
      SourceFileName: file,
      SourceFileExtension: file.slice(file.lastIndexOf('.') + 1),
      ObjectId: `${sharePoint}${folder}/Shared Documents/${item}`,
    });
    return [{ at, source, record }];
  };
}
