/**
 * From a file to the store over Kafka, each part a process of its own: file → collect → broker → land → ClickHouse.
 * `npx tsx bench/transport.ts FILE [CLIENTS]` with M365 records of clients client000 to client299 (a site each). After
 * `npm run build:node`; starts its own broker (test/helpers/kafka.ts). Checks that every record landed, then prints one
 * JSON line: processor seconds of each process by million records, and records a second from first byte to last landed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { packageRoot } from '../core/package-root.ts';
import { startBroker } from '../test/helpers/kafka.ts';

const clients = Number(process.argv[3] ?? 300);
const waitMsMax = 600_000;
const ticksPerSecond = 100;
const main = fileURLToPath(new URL('dist/cli/main.js', packageRoot));
const file = resolve(process.argv[2] ?? 'm365.jsonl');

function writeFirm(folder: string, brokers: string): string {
  mkdirSync(folder, { recursive: true });
  const names = Array.from({ length: clients }, (_, n) => `client${String(n).padStart(3, '0')}`);
  const directory = {
    firm: { name: 'Bench', time_zone: 'UTC' },
    clients: names.map((id) => ({ id, name: id, resources: [{ source: 'm365', site: `/sites/${id}-*` }] })),
    people: [],
  };
  const topics = { partitions: 1, replication_factor: 1, min_insync_replicas: 1 };
  const config = {
    data: './data',
    directory: './directory.json',
    sources: { m365: { collector: 'm365', tail: file } },
    bus: { kafka: { brokers: [brokers], topics } },
    log_level: 'warn',
  };
  writeFileSync(join(folder, 'directory.json'), JSON.stringify(directory));
  writeFileSync(join(folder, 'cordon.yaml'), JSON.stringify(config));
  return join(folder, 'cordon.yaml');
}

const cordon = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

async function finished(child: ChildProcess): Promise<string> {
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${child.spawnargs.slice(2).join(' ')} ended with ${child.exitCode}`);
  return out;
}

/** User and system time of a process, not of its children. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

const residentMb = (pid: number): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);

/** The ClickHouse server is a child of whoever holds the store. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/stat`, 'utf8')
            .replace(/^.*\) /, '')
            .split(' ')[1] === `${pid}`
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Batches that the brokers hold and the lander has not committed. */
async function behind(admin: ReturnType<Kafka['admin']>, topics: readonly string[]): Promise<number> {
  const committed = new Map(
    (await admin.fetchOffsets({ groupId: 'cordon-land', topics: [...topics] })).flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Math.max(0, Number(offset))] as const),
    ),
  );
  let left = 0;
  for (const topic of topics) {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      left += Number(high) - (committed.get(`${topic}/${partition}`) ?? 0);
    }
  }
  return left;
}

const folder = mkdtempSync(join(tmpdir(), 'cordon-transport-'));
await using broker = await startBroker();
const brokerPid = broker.pid();
const edge = writeFirm(join(folder, 'edge'), broker.plain);
const vault = writeFirm(join(folder, 'vault'), broker.plain);
await finished(cordon('topics', 'apply', '--config', edge));
const admin = new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING }).admin();
await admin.connect();
let topics: string[] = [];
// A broker that has just made a topic does not list it at once.
while (topics.length < clients + 1) {
  topics = (await admin.listTopics()).filter((topic) => /^cordon\.[^.]+$/.test(topic));
}

// The edge makes its key with its first batch; whoever runs the vault registers it. An empty import makes the key alone.
const nothing = join(folder, 'nothing.jsonl');
writeFileSync(nothing, '');
await finished(cordon('import', '--config', edge, '--source', 'm365', nothing));
const keys = 'data/keys/collectors';
mkdirSync(join(folder, 'vault', keys), { recursive: true });
cpSync(join(folder, 'edge', keys, 'm365.pub.pem'), join(folder, 'vault', keys, 'm365.pub.pem'));

await finished(cordon('keys', 'export-tenants', '--config', vault, '--out', join(folder, 'halves')));
await finished(cordon('keys', 'import-tenants', '--config', edge, join(folder, 'halves')));

const lander = cordon('start', '--role', 'land', '--config', vault);
const landerPid = lander.pid ?? 0;
await sleep(20_000);
const servers = childrenOf(landerPid);
const before = { broker: cpuSeconds(brokerPid), lander: cpuSeconds(landerPid), servers: servers.map(cpuSeconds) };

const begun = performance.now();
const collecting = cordon('import', '--json', '--config', edge, '--source', 'm365', file);
const collectorPid = collecting.pid ?? 0;
let collector = { cpu: 0, mb: 0 };
const watch = setInterval(() => {
  try {
    collector = { cpu: cpuSeconds(collectorPid), mb: Math.max(collector.mb, residentMb(collectorPid)) };
  } catch {
    // It has ended; what was read last is what it took.
  }
}, 50);
const told = JSON.parse(await finished(collecting)) as { sources: { m365: { read: number; accessed: number } } };
clearInterval(watch);
const handedMs = performance.now() - begun;
const giveUpAt = performance.now() + waitMsMax;
while ((await behind(admin, topics)) > 0) {
  if (performance.now() > giveUpAt) throw new Error('the lander did not keep up');
  await sleep(250);
}
const landedMs = performance.now() - begun;
const { accessed } = told.sources.m365;
const perMillion = (seconds: number) => Math.round((seconds / accessed) * 1e7) / 10;
const used = {
  collect: collector.cpu,
  broker: cpuSeconds(brokerPid) - before.broker,
  land: cpuSeconds(landerPid) - before.lander,
  clickhouse: servers.reduce((sum, pid, n) => sum + cpuSeconds(pid) - (before.servers[n] ?? 0), 0),
};
const residents = { collect: collector.mb, land: residentMb(landerPid) };
lander.kill('SIGTERM');
await once(lander, 'close');
await admin.disconnect();

const stored = cordon('accesses', '--all', '--json', '--config', vault);
// Several records of one act are one access, so it is the records that must all be there.
let records = 0;
for await (const line of createInterface({ input: stored.stdout as Readable })) {
  records += (JSON.parse(line) as { raw: readonly unknown[] }).raw.length;
}
rmSync(folder, { recursive: true, force: true });
if (records !== accessed) throw new Error(`${accessed} records were taken, ${records} are stored`);

process.stdout.write(
  `${JSON.stringify({
    bench: 'transport/m365',
    records: accessed,
    cpuPerMillion: {
      ...Object.fromEntries(Object.entries(used).map(([name, seconds]) => [name, perMillion(seconds)])),
      total: perMillion(Object.values(used).reduce((sum, seconds) => sum + seconds, 0)),
    },
    handedOverPerSecond: Math.round(accessed / (handedMs / 1_000)),
    landedPerSecond: Math.round(accessed / (landedMs / 1_000)),
    residentMb: residents,
  })}\n`,
);
