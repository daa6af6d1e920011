/**
 * A real Kafka broker (KRaft, one node) from Maven Central, for tests: Java 17 and Maven, 43 MB once, up in a few
 * seconds. Its libraries lie in node_modules/.cache, so that all test files share one download.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../core/package-root.ts';
import { type Authority, authority } from './authority.ts';
import { freePorts } from './ports.ts';

const version = '4.1.1';
const startMsMax = 240_000;

export interface BrokerOptions {
  /** SCRAM users and their passwords. With any, there is a SASL_SSL listener with ACLs that starts with none. */
  readonly users?: Readonly<Record<string, string>>;
  /** PEM files of authorities whose client certificates the mutual listener accepts, besides its own. */
  readonly trusted?: readonly string[];
  /** More lines of server.properties. */
  readonly properties?: readonly string[];
  /** From which the broker may read keys that sign tokens. */
  readonly allowedUrls?: readonly string[];
}

export interface Broker extends AsyncDisposable {
  /** host:port. Whoever comes this way is a super user. */
  readonly plain: string;
  /** SASL_SSL, SCRAM-SHA-256 unless `properties` say more; the authorizer asks. */
  readonly walled: string;
  /** TLS with client certificates; the principal is the certificate's CN. */
  readonly mutual: string;
  readonly authority: Authority;
  pid(): number;
  /** Kills it, as a power cut would. */
  stop(): Promise<void>;
  /** The same broker again, on the same ports and data. */
  start(): Promise<void>;
}

export async function startBroker({
  users = {},
  trusted = [],
  properties = [],
  allowedUrls = [],
}: BrokerOptions = {}): Promise<Broker> {
  const libs = librariesFolder();
  const folder = mkdtempSync(join(tmpdir(), 'cordon-kafka-'));
  const [plain = 0, walled, mutual, controller] = await freePorts(4);
  const signer = authority(folder);
  const server = signer.issue('localhost', ['DNS:localhost', 'IP:127.0.0.1']);
  const chain = join(folder, 'server-chain.pem');
  writeFileSync(chain, `${readFileSync(server.keyFile, 'utf8')}${readFileSync(server.certFile, 'utf8')}`);
  const trust = join(folder, 'trust.pem');
  writeFileSync(trust, [signer.caFile, ...trusted].map((file) => readFileSync(file, 'utf8')).join(''));
  const config = join(folder, 'server.properties');
  const address = { plain: `127.0.0.1:${plain}`, walled: `127.0.0.1:${walled}`, mutual: `127.0.0.1:${mutual}` };
  writeFileSync(
    config,
    [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controller}`,
      `listeners=PLAIN://${address.plain},WALLED://${address.walled},MUTUAL://${address.mutual},CONTROLLER://127.0.0.1:${controller}`,
      `advertised.listeners=PLAIN://${address.plain},WALLED://${address.walled},MUTUAL://${address.mutual}`,
      'controller.listener.names=CONTROLLER',
      'inter.broker.listener.name=PLAIN',
      'listener.security.protocol.map=PLAIN:PLAINTEXT,WALLED:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT',
      'sasl.enabled.mechanisms=SCRAM-SHA-256',
      'listener.name.walled.sasl.enabled.mechanisms=SCRAM-SHA-256',
      'listener.name.walled.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=${chain}`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${trust}`,
      'listener.name.mutual.ssl.client.auth=required',
      'ssl.principal.mapping.rules=RULE:^CN=([^,]*).*$/$1/',
      'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users=User:ANONYMOUS',
      'allow.everyone.if.no.acl.found=false',
      `log.dirs=${join(folder, 'data')}`,
      'num.partitions=1',
      'offsets.topic.num.partitions=2',
      'offsets.topic.replication.factor=1',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'group.initial.rebalance.delay.ms=0',
      'auto.create.topics.enable=false',
      ...properties,
      '',
    ].join('\n'),
  );
  format(libs, config, users);

  let child: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const start = async (): Promise<void> => {
    child = run(libs, config, folder, allowedUrls);
    const reap = () => child?.kill('SIGKILL');
    process.once('exit', reap);
    child.once('exit', () => process.removeListener('exit', reap));
    await accepting(plain, child, folder);
  };
  await start();
  return {
    ...address,
    authority: signer,
    pid: () => child?.pid ?? 0,
    stop,
    start,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const java = (libs: string, ...args: string[]): string[] => ['-cp', join(libs, '*'), ...args];

/** The broker's jars. Fetched aside and renamed: of two test files that both fetch, the first one's are used by both. */
export function librariesFolder(): string {
  const cache = fileURLToPath(new URL('node_modules/.cache/', packageRoot));
  const libs = join(cache, `cordon-kafka-${version}`);
  if (existsSync(join(libs, `kafka-server-${version}.jar`))) return libs;
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(join(cache, 'fetching-'));
  const dependency = (group: string, artifact: string, its: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${its}</version></dependency>`;
  writeFileSync(
    join(aside, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>cordon</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', version)}${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}
</dependencies></project>`,
  );
  const to = join(aside, 'libs');
  const fetching = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${to}`];
  try {
    execFileSync('mvn', fetching, { cwd: aside });
  } catch {
    // A repository may be away for a moment.
    execFileSync('mvn', fetching, { cwd: aside });
  }
  try {
    renameSync(to, libs);
  } catch (error) {
    // The other one's may be in use by a broker already.
    if (!existsSync(join(libs, `kafka-server-${version}.jar`))) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return libs;
}

function format(libs: string, config: string, users: Readonly<Record<string, string>>): void {
  const scram = Object.entries(users).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((kind) => [
      '--add-scram',
      `${kind}=[name=${name},password=${password}]`,
    ]),
  );
  const tool = java(libs, 'kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', config, ...scram);
  execFileSync('java', tool, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function run(libs: string, config: string, folder: string, urls: readonly string[]): ChildProcess {
  const log = openSync(join(folder, 'kafka.log'), 'a');
  const options = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
  if (urls.length > 0) options.push(`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${urls.join(',')}`);
  const child = spawn('java', [...options, ...java(libs, 'kafka.Kafka', config)], { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

async function accepting(port: number, child: ChildProcess, folder: string): Promise<void> {
  const until = performance.now() + startMsMax;
  while (performance.now() < until) {
    if (child.exitCode !== null) break;
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(
        () => false,
        () => false,
      ),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await sleep(100);
  }
  throw new Error(`Kafka did not start:\n${readFileSync(join(folder, 'kafka.log'), 'utf8').slice(-4_000)}`);
}
