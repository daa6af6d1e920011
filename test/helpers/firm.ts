/** A small firm in a folder, with logs in three native formats: some records twice, some broken, and what should come of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dice } from '../../cli/demo/dice.ts';
import { sambaLine } from './edge.ts';

export type SourceName = 'fs1' | 'win3' | 'pg1';
export const sourceNames: readonly SourceName[] = ['fs1', 'win3', 'pg1'];
export const tenants = ['acme', 'globex', '_unattributed'] as const;

export interface Log {
  readonly file: string;
  /** Every record that can be read, once. */
  readonly good: readonly string[];
  /** Every one that cannot, once. */
  readonly broken: readonly Buffer[];
  /** Records in the file, repeats and all. */
  readonly records: number;
}

export interface WrittenFirm {
  readonly folder: string;
  readonly config: string;
  readonly data: string;
  readonly logs: Readonly<Record<SourceName, Log>>;
}

export const directory = `
firm: { name: Hartwell Lane, time_zone: Europe/London, domains: [hartwell.example] }
clients:
  - id: acme
    name: Acme Holdings
    resources:
      - { collector: samba, path: "/srv/clients/acme/**" }
      - { collector: windows-security, path: "D:/Clients/acme/**" }
      - { collector: pgaudit, schema: cl_acme }
  - id: globex
    name: Globex
    resources:
      - { collector: samba, path: "/srv/clients/globex/**" }
      - { collector: windows-security, path: "D:/Clients/globex/**" }
      - { collector: pgaudit, schema: cl_globex }
people:
  - { id: p1, name: Ana Chan, kind: employee, accounts: { "*": [achan, "HARTWELL\\\\achan"] } }
`;

export const configOf = (more: { pgPrefix?: string } = {}) => ({
  data: 'data',
  directory: 'directory.yaml',
  log_level: 'silent',
  sources: {
    fs1: { collector: 'samba', tail: 'logs/fs1-*.log' },
    win3: { collector: 'windows-security', tail: 'logs/win3.json' },
    pg1: { collector: 'pgaudit', tail: 'logs/pg1.log', log_line_prefix: more.pgPrefix ?? '%m [%p] %u@%d ' },
  },
});

const stampOf = (n: number) => new Date(Date.parse('2026-03-04T08:00:00.000Z') + n * 1_000).toISOString();

const windowsLine = (n: number, client: string) =>
  JSON.stringify({
    '@timestamp': stampOf(n),
    event: { code: '4663', outcome: 'success', provider: 'Microsoft-Windows-Security-Auditing' },
    host: { name: 'FS3' },
    winlog: {
      channel: 'Security',
      computer_name: 'FS3.firm.example',
      event_id: '4663',
      record_id: n,
      event_data: {
        SubjectUserName: 'achan',
        SubjectDomainName: 'HARTWELL',
        HandleId: `0x${(n % 7).toString(16)}`,
        ObjectType: 'File',
        ObjectName: `D:\\Clients\\${client}\\paper ${n >> 1}.docx`,
        AccessMask: '0x1',
      },
    },
  });

/** Every fifth statement has several lines. */
const postgresLine = (n: number, client: string) => {
  const stamp = stampOf(n).replace('T', ' ').replace('Z', ' UTC');
  const statement = n % 5 === 0 ? `"select ${n},\n\t  2\n\t from ledger"` : `select ${n}`;
  return `${stamp} [${1_000 + n}] achan@practice LOG:  AUDIT: SESSION,${n},1,READ,SELECT,TABLE,cl_${client}.ledger,${statement},<none>,1`;
};

const lineOf: Readonly<Record<SourceName, (n: number, client: string) => string>> = {
  fs1: (n, client) => sambaLine(n, { client }),
  win3: windowsLine,
  pg1: postgresLine,
};

const brokenOf = (line: string, n: number): Buffer => {
  const kinds = [
    () => Buffer.from(line.slice(0, 20 + (n % 7))),
    () => Buffer.concat([Buffer.from(line.slice(0, 30)), Buffer.of(0xff, 0xfe)]),
    () => Buffer.from(`${line.slice(0, 40)}\0${n}`),
  ];
  return kinds[n % kinds.length]?.() ?? Buffer.from(line);
};

function writeLog(file: string, source: SourceName, count: number, random: () => number): Log {
  const good: string[] = [];
  const broken: Buffer[] = [];
  const written: Buffer[] = [];
  for (let n = 0; n < count; n += 1) {
    const client = ['acme', 'globex', 'nobody'][Math.floor(random() * 3)] ?? 'acme';
    const line = lineOf[source](n, client);
    const chance = random();
    // A broken record differs from every other by its number, or it would be a repeat.
    const bytes = chance < 0.02 ? Buffer.concat([Buffer.from(`#${n} `), brokenOf(line, n)]) : Buffer.from(line);
    if (chance < 0.02) broken.push(bytes);
    else good.push(line);
    written.push(bytes);
    const again = written[Math.floor(random() * written.length)];
    if (random() < 0.05 && again) written.push(again);
  }
  writeFileSync(file, Buffer.concat(written.flatMap((bytes) => [bytes, Buffer.from('\n')])));
  return { file, good, broken, records: written.length };
}

export function writeFirm(folder: string, { records = 50, seed = 1 } = {}): WrittenFirm {
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(join(folder, 'directory.yaml'), directory);
  writeFileSync(join(folder, 'cordon.yaml'), JSON.stringify(configOf()));
  const fileOf = { fs1: 'logs/fs1-a.log', win3: 'logs/win3.json', pg1: 'logs/pg1.log' } as const;
  // Dice of its own for each log, so that with more records it begins as it did with fewer.
  const write = (source: SourceName) =>
    writeLog(join(folder, fileOf[source]), source, records, dice(seed + sourceNames.indexOf(source)).roll);
  return {
    folder,
    config: join(folder, 'cordon.yaml'),
    data: join(folder, 'data'),
    logs: { fs1: write('fs1'), win3: write('win3'), pg1: write('pg1') },
  };
}
