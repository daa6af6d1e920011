/** Records for the benches, as the vendors' documentation shows them, of a firm of 40 clients and 200 people. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Directory, loadDirectory } from '../core/directory/directory.ts';
import type { Collector } from '../ingest/collector.ts';

const recordsMade = 20_000;
const clientsMade = 40;
const peopleMade = 200;
export const seenAt = Date.UTC(2026, 2, 5);

const two = (n: number) => String(n).padStart(2, '0');
const clock = (i: number) => `${two(8 + (Math.floor(i / 3_600) % 10))}:${two(Math.floor(i / 60) % 60)}:${two(i % 60)}`;

/** Different from one another, as a log's are. */
export const samples: Readonly<Record<string, (i: number) => string>> = {
  samba: (i) =>
    `2026-03-04T${clock(i)}.${100_000 + (i % 900_000)}+00:00 fs1 smbd_audit[${20_000 + (i % 50)}]: user${i % peopleMade}|10.20.0.${i % 250}|pc${i % peopleMade}|clients|openat|ok|r|/srv/clients/c${i % clientsMade}/Matter ${i % 90}/02 Drafts/letter ${i}.docx`,
  pgaudit: (i) =>
    `2026-03-04 ${clock(i)}.516 UTC,user${i % peopleMade},practice,35316,10.20.0.17:55316,67a955e2.89f4,${i},SELECT,2026-03-04 01:26:58 UTC,36/1,0,LOG,00000,"AUDIT: SESSION,${i},1,READ,SELECT,TABLE,cl_c${i % clientsMade}.ledger,""SELECT id, amount FROM cl_c${i % clientsMade}.ledger WHERE ref = 'A-${i}'"",<none>,26",,,,,,,,,psql,client backend,,0`,
  'windows-security': (i) =>
    JSON.stringify({
      '@timestamp': `2026-03-04T${clock(i)}.938Z`,
      event: { code: '5145', provider: 'Microsoft-Windows-Security-Auditing', outcome: 'success', kind: 'event' },
      host: { name: 'FS3' },
      winlog: {
        channel: 'Security',
        computer_name: 'FS3.firm.example',
        event_id: '5145',
        record_id: i,
        keywords: ['Audit Success'],
        event_data: {
          SubjectUserSid: `S-1-5-21-1-2-3-${i % peopleMade}`,
          SubjectUserName: `user${i % peopleMade}`,
          SubjectDomainName: 'FIRM',
          SubjectLogonId: '0xe0e101',
          ObjectType: 'File',
          IpAddress: `10.20.0.${i % 250}`,
          IpPort: '53101',
          ShareName: '\\\\*\\Clients',
          ShareLocalPath: '\\??\\D:\\Clients',
          RelativeTargetName: `c${i % clientsMade}\\Matter ${i % 90}\\letter ${i}.docx`,
          AccessMask: '0x120089',
          AccessList: '%%1538\n\t\t\t\t%%4416\n\t\t\t\t%%4423',
          AccessReason: '-',
        },
      },
    }),
  m365: (i) =>
    JSON.stringify({
      CreationTime: `2026-03-04T${clock(i)}`,
      Id: `af679342-488c-4fcf-af54-${String(i).padStart(12, '0')}`,
      Operation: i % 3 === 0 ? 'FileDownloaded' : 'FileAccessed',
      OrganizationId: '8f0c2f1e-1b7a-4c57-9d0e-0a5b6c7d8e9f',
      RecordType: 6,
      UserKey: 'i:0h.f|membership|1003200096971f55@live.com',
      UserType: 0,
      Version: 1,
      Workload: 'SharePoint',
      ClientIP: `203.0.113.${i % 250}`,
      UserId: `user${i % peopleMade}@firm.example`,
      CorrelationId: '30f88b5c-d6a1-4776-a0d8-58cf49e159d2',
      EventSource: 'SharePoint',
      ItemType: 'File',
      UserAgent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36',
      SiteUrl: `https://firm.sharepoint.com/sites/c${i % clientsMade}-work/`,
      SourceRelativeUrl: `Shared Documents/Matter ${i % 90}`,
      SourceFileName: `letter ${i}.docx`,
      SourceFileExtension: 'docx',
      ObjectId: `https://firm.sharepoint.com/sites/c${i % clientsMade}-work/Shared Documents/Matter ${i % 90}/letter ${i}.docx`,
    }),
};

/** The made records, or those of a file that stands in for them. */
export function bytesFor(collector: Collector, files: ReadonlyMap<string, string>): Buffer {
  const file = files.get(collector.name);
  if (file !== undefined) return readFileSync(file);
  const sample = samples[collector.name];
  if (sample === undefined) throw new Error(`${collector.name} has no sample in this bench`);
  return Buffer.from(Array.from({ length: recordsMade }, (_, i) => `${sample(i)}\n`).join(''));
}

/** `collector=path` arguments. */
export function filesFrom(args: readonly string[]): ReadonlyMap<string, string> {
  return new Map(args.map((argument) => [argument.split('=')[0] ?? '', argument.slice(argument.indexOf('=') + 1)]));
}

/** Who is who for the made records: read by the real loader, so that the bench attributes as the product does. */
export function benchDirectory(): Directory {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
  try {
    const file = join(folder, 'directory.yaml');
    writeFileSync(file, JSON.stringify(written()));
    return loadDirectory(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function written(): object {
  const clients = Array.from({ length: clientsMade }, (_, i) => ({
    id: `c${i}`,
    name: `Client ${i}`,
    resources: [
      { collector: 'samba', path: `/srv/clients/c${i}/**` },
      { collector: 'windows-security', path: `**/Clients/c${i}/**` },
      { collector: 'pgaudit', schema: `cl_c${i}` },
      { collector: 'm365', site: `/sites/c${i}-*` },
    ],
  }));
  const people = Array.from({ length: peopleMade }, (_, i) => ({
    id: `p${i}`,
    name: `Person ${i}`,
    accounts: {
      samba: `user${i}`,
      pgaudit: `user${i}`,
      'windows-security': `FIRM\\user${i}`,
      m365: `user${i}@firm.example`,
    },
  }));
  return { firm: { name: 'Bench', time_zone: 'UTC' }, clients, people };
}
