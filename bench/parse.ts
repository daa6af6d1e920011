/**
 * How many records a second one core turns into readings: cutting, decoding and parsing, nothing else.
 * `npx tsx bench/parse.ts [FILE…]` prints one JSON line a collector; a FILE is `collector=path`, and stands in for the
 * records made here. Checks that every record is read before it times any.
 */
import { readFileSync } from 'node:fs';
import { type Collector, noSettings, read, Unreadable } from '../ingest/collector.ts';
import { collectors } from '../ingest/collectors/index.ts';

const recordsMade = 20_000;
const secondsMin = 2;
const chunkBytes = 256 * 1024;
const seenAt = Date.UTC(2026, 2, 5);

const two = (n: number) => String(n).padStart(2, '0');
const clock = (i: number) => `${two(8 + (Math.floor(i / 3_600) % 10))}:${two(Math.floor(i / 60) % 60)}:${two(i % 60)}`;

/** Records as the vendor's documentation shows them, different from one another as a log's are. */
const samples: Readonly<Record<string, (i: number) => string>> = {
  samba: (i) =>
    `2026-03-04T${clock(i)}.${100_000 + (i % 900_000)}+00:00 fs1 smbd_audit[${20_000 + (i % 50)}]: user${i % 200}|10.20.0.${i % 250}|pc${i % 200}|clients|openat|ok|r|/srv/clients/acme/Matter ${i % 90}/02 Drafts/letter ${i}.docx`,
  pgaudit: (i) =>
    `2026-03-04 ${clock(i)}.516 UTC,ana_chan,practice,35316,10.20.0.17:55316,67a955e2.89f4,${i},SELECT,2026-03-04 01:26:58 UTC,36/1,0,LOG,00000,"AUDIT: SESSION,${i},1,READ,SELECT,TABLE,cl_acme.ledger,""SELECT id, amount FROM cl_acme.ledger WHERE ref = 'A-${i}'"",<none>,26",,,,,,,,,psql,client backend,,0`,
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
          SubjectUserSid: `S-1-5-21-1-2-3-${i % 200}`,
          SubjectUserName: `user${i % 200}`,
          SubjectDomainName: 'FIRM',
          SubjectLogonId: '0xe0e101',
          ObjectType: 'File',
          IpAddress: `10.20.0.${i % 250}`,
          IpPort: '53101',
          ShareName: '\\\\*\\Clients',
          ShareLocalPath: '\\??\\D:\\Clients',
          RelativeTargetName: `acme\\Matter ${i % 90}\\letter ${i}.docx`,
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
      UserId: `user${i % 200}@firm.example`,
      CorrelationId: '30f88b5c-d6a1-4776-a0d8-58cf49e159d2',
      EventSource: 'SharePoint',
      ItemType: 'File',
      UserAgent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36',
      SiteUrl: 'https://firm.sharepoint.com/sites/acme-holdings/',
      SourceRelativeUrl: `Shared Documents/Matter ${i % 90}`,
      SourceFileName: `letter ${i}.docx`,
      SourceFileExtension: 'docx',
      ObjectId: `https://firm.sharepoint.com/sites/acme-holdings/Shared Documents/Matter ${i % 90}/letter ${i}.docx`,
    }),
};

function bytesFor(collector: Collector, files: ReadonlyMap<string, string>): Buffer {
  const file = files.get(collector.name);
  if (file !== undefined) return readFileSync(file);
  const sample = samples[collector.name];
  if (sample === undefined) throw new Error(`${collector.name} has no sample in this bench`);
  return Buffer.from(Array.from({ length: recordsMade }, (_, i) => `${sample(i)}\n`).join(''));
}

function bench(collector: Collector, bytes: Buffer, mayReject: boolean): object {
  const parser = collector.open(noSettings);
  const round = () => {
    const framer = collector.framing(noSettings)(0);
    let records = 0;
    let unread = 0;
    const take = (frames: ReturnType<typeof framer.push>) => {
      for (const { raw, torn } of frames) {
        records += 1;
        const parsed = torn === undefined ? read(parser, raw, seenAt) : undefined;
        if (parsed === undefined || parsed instanceof Unreadable) unread += 1;
      }
    };
    for (let from = 0; from < bytes.length; from += chunkBytes)
      take(framer.push(bytes.subarray(from, from + chunkBytes)));
    take(framer.end());
    return { records, unread };
  };
  const { records, unread } = round();
  if (records === 0 || (unread > 0 && !mayReject)) {
    throw new Error(`${collector.name} did not understand ${unread} of the bench's ${records} records`);
  }
  for (let i = 0; i < 3; i += 1) round();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  let rounds = 0;
  let seconds = 0;
  for (; seconds < secondsMin; rounds += 1) {
    round();
    seconds = (performance.now() - begun) / 1_000;
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    bench: `parse/${collector.name}`,
    // The processor's time says what one core can do, whoever else uses the machine; it counts collecting garbage too.
    recordsPerCpuSecond: Math.round((rounds * records * 1e6) / (user + system)),
    recordsPerSecond: Math.round((rounds * records) / seconds),
    megabytesPerSecond: Math.round((rounds * bytes.length) / seconds / 1e6),
    records,
    unread,
  };
}

const files = new Map(process.argv.slice(2).map((argument) => {
  const equals = argument.indexOf('=');
  return [argument.slice(0, equals), argument.slice(equals + 1)] as const;
})); // biome-ignore format: short
for (const collector of collectors) {
  process.stdout.write(`${JSON.stringify(bench(collector, bytesFor(collector, files), files.has(collector.name)))}\n`);
}
