/** Cordon's own way from a file to the store over Kafka, each part a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { z } from 'zod';
import { loadConfig } from '../core/config.ts';
import { createLog } from '../core/log.ts';
import { packageRoot } from '../core/package-root.ts';
import { openStore } from '../store/index.ts';
import { all, type Query } from '../store/query.ts';
import type { Broker } from '../test/helpers/kafka.ts';
import { childrenOf, type Use, watchUse } from './processor-time.ts';
import type { Run } from './transport-run.ts';

const waitMsMax = 900_000;
const pollMs = 250;
/** For the lander's consumer to have joined its group. */
const settleMs = 5_000;
const main = fileURLToPath(new URL('dist/cli/main.js', packageRoot));

export interface CordonRun {
  readonly file: string;
  readonly clients: number;
  readonly folder: string;
  readonly broker: Broker;
  /** The lander starts only when the collector has handed everything over. */
  readonly backlog: boolean;
  /** Where each process leaves its profile. */
  readonly profiles: string | undefined;
}

export async function transportCordon(run: CordonRun): Promise<Run> {
  const { broker, folder, clients } = run;
  const edge = writeFirm(join(folder, 'edge'), run);
  const vault = writeFirm(join(folder, 'vault'), run);
  await finished(cordon(undefined, 'topics', 'apply', '--config', edge));
  // The edge makes its key with its first batch; whoever runs the vault registers it. An empty import makes the key alone.
  const nothing = join(folder, 'nothing.jsonl');
  writeFileSync(nothing, '');
  await finished(cordon(undefined, 'import', '--config', edge, '--source', 'm365', nothing));
  const keys = 'data/keys/collectors';
  mkdirSync(join(folder, 'vault', keys), { recursive: true });
  cpSync(join(folder, 'edge', keys, 'm365.pub.pem'), join(folder, 'vault', keys, 'm365.pub.pem'));
  const halves = join(folder, 'halves');
  await finished(cordon(undefined, 'keys', 'export-tenants', '--config', vault, '--out', halves));
  await finished(cordon(undefined, 'keys', 'import-tenants', '--config', edge, halves));
  const admin = new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topics = await topicsThere(admin, clients);

  // Started once before, so that making databases is in no figure; and so that the lander waits for records, not we for it.
  await using lander = await startLander(run, vault);
  if (run.backlog) await lander.stop();
  const atBroker = watchUse(broker.pid());
  const begun = performance.now();
  const collecting = cordon(run.profiles, 'import', '--json', '--config', edge, '--source', 'm365', run.file);
  const collector = watchUse(collecting.pid ?? 0);
  const told = JSON.parse(await finished(collecting)) as { sources: { m365: { accessed: number } } };
  const collect = collector.stop();
  const handedMs = performance.now() - begun;
  const brokerCollecting = atBroker.read();
  const records = told.sources.m365.accessed;
  if (run.backlog) await lander.start();
  const landBegun = performance.now();
  await caughtUp(admin, topics);
  const endMs = performance.now();
  const landed = lander.use();
  await admin.disconnect();
  await lander.stop();
  await checkStored(vault, records);
  return {
    system: run.backlog ? 'cordon, one half after the other' : 'cordon',
    records,
    use: {
      collect,
      ...(run.backlog
        ? { 'broker, collecting': brokerCollecting, 'broker, landing': less(atBroker.stop(), brokerCollecting) }
        : { broker: atBroker.stop() }),
      ...landed,
    },
    perSecond: {
      collected: records / (handedMs / 1_000),
      ...(run.backlog
        ? { landed: records / ((endMs - landBegun) / 1_000) }
        : { landed: records / ((endMs - begun) / 1_000) }),
    },
  };
}

const less = (a: Use, b: Use): Use => ({ cpu: a.cpu - b.cpu, mb: a.mb });

function writeFirm(folder: string, { clients, broker, file }: CordonRun): string {
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
    bus: { kafka: { brokers: [broker.plain], topics } },
    log_level: 'warn',
  };
  writeFileSync(join(folder, 'directory.json'), JSON.stringify(directory));
  writeFileSync(join(folder, 'cordon.yaml'), JSON.stringify(config));
  return join(folder, 'cordon.yaml');
}

/** As its first line and package.json start it. */
function cordon(profiles: string | undefined, ...args: string[]): ChildProcess {
  const profiling = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
  const node = ['--max-semi-space-size=32', ...profiling];
  return spawn(process.execPath, [...node, main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function finished(child: ChildProcess): Promise<string> {
  let out = '';
  child.stderr?.pipe(process.stderr, { end: false });
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${child.spawnargs.slice(2).join(' ')} ended with ${child.exitCode}`);
  return out;
}

/** Stopped and started again without its databases being made anew. */
async function startLander({ profiles }: CordonRun, config: string) {
  let child: ChildProcess | undefined;
  let land: ReturnType<typeof watchUse> | undefined;
  let server: ReturnType<typeof watchUse> | undefined;
  const start = async (): Promise<void> => {
    const started = cordon(profiles, 'start', '--role', 'land', '--config', config);
    started.stdout?.resume();
    child = started;
    await running(started);
    land = watchUse(started.pid ?? 0);
    server = watchUse(childrenOf(started.pid ?? 0)[0] ?? 0);
  };
  const stop = async (): Promise<void> => {
    land?.stop();
    server?.stop();
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'close');
    child.kill('SIGTERM');
    await gone;
  };
  await start();
  await sleep(settleMs);
  return {
    async start() {
      await start();
    },
    stop,
    use: () => ({
      land: land?.read() ?? { cpu: 0, mb: 0 },
      clickhouse: server?.read() ?? { cpu: 0, mb: 0 },
    }),
    [Symbol.asyncDispose]: stop,
  };
}

/** Until it says so; it says so when its databases are made. */
function running(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('close', () => reject(new Error('the lander has ended')));
    child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      if (chunk.includes('is running')) resolve();
    });
  });
}

type Admin = ReturnType<Kafka['admin']>;

/** A broker that has just made a topic does not list it at once. */
async function topicsThere(admin: Admin, clients: number): Promise<string[]> {
  const giveUpAt = performance.now() + waitMsMax;
  for (;;) {
    const topics = (await admin.listTopics()).filter((topic) => /^cordon\.[^.]+$/.test(topic));
    if (topics.length > clients) return topics;
    if (performance.now() > giveUpAt) throw new Error(`there are only ${topics.length} topics`);
    await sleep(pollMs);
  }
}

/** Until the lander has committed everything that the broker holds. */
async function caughtUp(admin: Admin, topics: readonly string[]): Promise<void> {
  const ends = new Map<string, number>();
  for (const topic of topics) {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic))
      ends.set(`${topic}/${partition}`, Number(high));
  }
  const giveUpAt = performance.now() + waitMsMax;
  for (;;) {
    const committed = await admin.fetchOffsets({ groupId: 'cordon-land', topics: [...topics] });
    const behind = committed.some(({ topic, partitions }) =>
      partitions.some(
        ({ partition, offset }) => Math.max(0, Number(offset)) < (ends.get(`${topic}/${partition}`) ?? 0),
      ),
    );
    if (!behind) return;
    if (performance.now() > giveUpAt) throw new Error('the lander did not keep up');
    await sleep(pollMs);
  }
}

const stored: Query<Record<string, never>, { rows: number; ids: number }> = {
  name: 'bench-stored',
  row: z.object({ rows: z.coerce.number(), ids: z.coerce.number() }),
  sql: 'SELECT count() AS rows, uniqExact(id) AS ids FROM accesses',
};

async function checkStored(file: string, records: number): Promise<void> {
  const config = loadConfig(file);
  const signal = AbortSignal.timeout(waitMsMax);
  const log = createLog('silent');
  await using store = await openStore({ config, dataDir: config.data, tenants: [], log, signal, mode: 'own' });
  let rows = 0;
  let ids = 0;
  for (const tenant of store.tenants) {
    for (const found of await all(store.client('read', tenant), stored, {}, signal)) {
      rows += found.rows;
      ids += found.ids;
    }
  }
  if (rows !== records || ids !== records)
    throw new Error(`${records} records were taken, ${rows} are stored, ${ids} of them different`);
}
