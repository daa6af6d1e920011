/**
 * The same file by other programs of the field: rsyslog to Kafka (imfile, mmjsonparse, omkafka), and kcat to Kafka and on
 * by ClickHouse's own Kafka engine with a view that normalises in SQL. Neither attributes, chains, signs or encrypts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import { Kafka, logLevel } from 'kafkajs';
import { launch } from '../store/embedded/launch.ts';
import type { Broker } from '../test/helpers/kafka.ts';
import { watchUse } from './processor-time.ts';
import type { Run } from './transport-run.ts';

const waitMsMax = 900_000;
const pollMs = 250;
const topic = 'peer';
const partitions = 4;

export interface PeerRun {
  readonly file: string;
  /** Lines of it. */
  readonly records: number;
  readonly folder: string;
  readonly broker: Broker;
}

/** Ten normalised fields and the whole line. */
const rsyslogConfig = ({ file, folder, broker }: PeerRun): string => `
global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imfile")
module(load="mmjsonparse")
module(load="omkafka")
main_queue(queue.size="100000" queue.dequeueBatchSize="2000")
template(name="normalised" type="list" option.jsonf="on") {
  property(outname="at" name="$!CreationTime" format="jsonf")
  property(outname="id" name="$!Id" format="jsonf")
  property(outname="operation" name="$!Operation" format="jsonf")
  property(outname="account" name="$!UserId" format="jsonf")
  property(outname="object" name="$!ObjectId" format="jsonf")
  property(outname="object_kind" name="$!ItemType" format="jsonf")
  property(outname="ip" name="$!ClientIP" format="jsonf")
  property(outname="app" name="$!Workload" format="jsonf")
  property(outname="site" name="$!SiteUrl" format="jsonf")
  property(outname="bytes" name="$!FileSizeBytes" format="jsonf")
  property(outname="raw" name="msg" format="jsonf")
}
input(type="imfile" file="${file}" tag="m365" ruleset="forward")
ruleset(name="forward") {
  action(type="mmjsonparse" cookie="")
  action(type="omkafka" broker=["${broker.plain}"] topic="${topic}" template="normalised" partitions.auto="on"
    confParam=["compression.codec=lz4", "acks=all", "linger.ms=50", "queue.buffering.max.messages=200000"])
}
`;

/** Until everything is with the broker. */
export async function transportRsyslog(run: PeerRun): Promise<Run> {
  const { records, folder, broker } = run;
  await using admin = await adminOf(broker);
  const config = join(folder, 'rsyslog.conf');
  writeFileSync(config, rsyslogConfig(run));
  const atBroker = watchUse(broker.pid());
  const begun = performance.now();
  const rsyslog = spawn('rsyslogd', ['-n', '-f', config, '-i', join(folder, 'rsyslog.pid')], { stdio: 'inherit' });
  await using _ended = killed(rsyslog);
  const use = watchUse(rsyslog.pid ?? 0);
  await until(async () => (await admin.count()) >= records, 'rsyslog');
  const seconds = (performance.now() - begun) / 1_000;
  return {
    system: 'rsyslog → Kafka',
    records,
    use: { rsyslog: use.stop(), broker: atBroker.stop() },
    perSecond: { collected: records / seconds },
  };
}

/** What the records say, as SQL takes it from the JSON; `raw` beside it. */
const tables = (broker: Broker): readonly string[] => [
  'CREATE DATABASE peer',
  `CREATE TABLE peer.accesses (at DateTime64(3, 'UTC'), id String, operation LowCardinality(String), account String,
     object String, object_kind LowCardinality(String), ip String, app LowCardinality(String), site String,
     bytes Nullable(UInt64), raw String) ENGINE = MergeTree ORDER BY (toDate(at), account, at, id)`,
  `CREATE TABLE peer.queue (raw String) ENGINE = Kafka SETTINGS kafka_broker_list = '${broker.plain}',
     kafka_topic_list = '${topic}', kafka_group_name = 'peer', kafka_format = 'RawBLOB', kafka_max_block_size = 65536`,
  `CREATE MATERIALIZED VIEW peer.landing TO peer.accesses AS SELECT
     parseDateTime64BestEffort(JSONExtractString(raw, 'CreationTime'), 3, 'UTC') AS at, JSONExtractString(raw, 'Id') AS id,
     JSONExtractString(raw, 'Operation') AS operation, JSONExtractString(raw, 'UserId') AS account,
     JSONExtractString(raw, 'ObjectId') AS object, JSONExtractString(raw, 'ItemType') AS object_kind,
     JSONExtractString(raw, 'ClientIP') AS ip, JSONExtractString(raw, 'Workload') AS app,
     JSONExtractString(raw, 'SiteUrl') AS site, JSONExtract(raw, 'FileSizeBytes', 'Nullable(UInt64)') AS bytes, raw
     FROM peer.queue`,
];

export async function transportKcat({ file, records, folder, broker }: PeerRun): Promise<Run> {
  await using _admin = await adminOf(broker);
  const user = 'peer';
  const home = join(folder, 'clickhouse');
  mkdirSync(home, { recursive: true });
  const server = await launch({
    home,
    users: [{ name: user, profile: 'migrate', grants: ['ALL ON *.*'] }],
    passwordOf: () => user,
    disks: [],
    insertLogs: 1,
    signal: AbortSignal.timeout(waitMsMax),
  });
  const url = `http://127.0.0.1:${server.endpoint.port}`;
  const client = createClient({ url, username: user, password: user, request_timeout: waitMsMax });
  try {
    for (const query of tables(broker)) await client.command({ query });
    const atBroker = watchUse(broker.pid());
    const atServer = watchUse(server.endpoint.pid);
    const begun = performance.now();
    const options = ['acks=all', 'linger.ms=50', 'queue.buffering.max.messages=200000'].flatMap((one) => ['-X', one]);
    const kcat = spawn('kcat', ['-P', '-b', broker.plain, '-t', topic, '-z', 'lz4', ...options, '-l', file], {
      stdio: 'inherit',
    });
    await using _ended = killed(kcat);
    const sending = watchUse(kcat.pid ?? 0);
    await once(kcat, 'close');
    const handedMs = performance.now() - begun;
    const collect = sending.stop();
    const stored = async (): Promise<number> => {
      const answer = await client.query({ query: 'SELECT count() AS n FROM peer.accesses', format: 'JSONEachRow' });
      const [row] = await answer.json<{ n: string }>();
      return Number(row?.n);
    };
    await until(async () => (await stored()) >= records, 'the Kafka engine');
    const seconds = (performance.now() - begun) / 1_000;
    return {
      system: 'kcat → Kafka → Kafka engine',
      records,
      use: { kcat: collect, broker: atBroker.stop(), clickhouse: atServer.stop() },
      perSecond: { collected: records / (handedMs / 1_000), landed: records / seconds },
    };
  } finally {
    await client.close();
    await server.stop();
  }
}

async function adminOf(broker: Broker) {
  const admin = new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
  return {
    async count(): Promise<number> {
      // A broker that has just made a topic has no leader for it yet.
      const offsets = await admin.fetchTopicOffsets(topic).catch(() => []);
      return offsets.reduce((sum, { high }) => sum + Number(high), 0);
    },
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
}

function killed(child: ChildProcess): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'close');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function until(done: () => Promise<boolean>, who: string): Promise<void> {
  const giveUpAt = performance.now() + waitMsMax;
  while (!(await done())) {
    if (performance.now() > giveUpAt) throw new Error(`${who} did not come to the end`);
    await sleep(pollMs);
  }
}
