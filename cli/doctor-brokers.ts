/** What `cordon doctor` finds at the brokers: whether they let this machine in, which topics it may use, until when its certificate holds. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { isFault } from '../core/errors.ts';
import type { KafkaConfig } from '../core/kafka-config.ts';
import type { TenantId } from '../core/types.ts';
import { topicOf } from '../ingest/bus/kafka.ts';
import { openKafkaAdmin } from '../ingest/bus/kafka-admin.ts';
import { tenantsOfSource } from '../ingest/bus/kafka-rules.ts';
import { hostOf } from '../ingest/bus/kafka-socket.ts';
import type { Context } from './context.ts';
import { certificateDiagnosis, type Diagnosis, fine, topicsDiagnosis, wrong } from './doctor-rules.ts';
import { type Cluster, clustersOf } from './topics.ts';

const connectMsMax = 5_000;

/** `collectsOnly`: this machine writes to the topics of its sources' clients, and reads none. */
export async function brokerDiagnoses(
  context: Context,
  collectsOnly: boolean,
  signal: AbortSignal,
): Promise<Diagnosis[]> {
  if (context.config.bus === 'local') return [];
  const found: Diagnosis[] = [];
  for (const cluster of clustersOf(context)) {
    const { config } = cluster.deps;
    const reached: Diagnosis[] = [];
    for (const broker of config.brokers) {
      const colon = broker.lastIndexOf(':');
      reached.push(await reach('broker', broker.slice(0, colon), Number(broker.slice(colon + 1)), signal));
    }
    found.push(...reached, ...certificates(config));
    if (reached.some(({ is }) => is === 'fine')) found.push(await login(context, cluster, collectsOnly));
  }
  return found;
}

export function reach(what: string, host: string, port: number, signal: AbortSignal): Promise<Diagnosis> {
  return new Promise((resolve) => {
    const about = `${what} ${host}:${port}`;
    const socket = connect({ host: hostOf(host), port, signal });
    const done = (diagnosis: Diagnosis) => {
      socket.destroy();
      resolve(diagnosis);
    };
    socket.setTimeout(connectMsMax, () => done(wrong(about, `does not answer within ${connectMsMax / 1_000} seconds`)));
    socket.once('connect', () => done(fine(about, 'can be reached')));
    socket.once('error', (error: NodeJS.ErrnoException) => done(wrong(about, `cannot be reached (${error.code})`)));
  });
}

function certificates({ ssl }: KafkaConfig): Diagnosis[] {
  if (ssl?.cert_file === undefined) return [];
  try {
    const { validTo } = new X509Certificate(readFileSync(ssl.cert_file));
    return [certificateDiagnosis(ssl.cert_file, Date.parse(validTo), Date.now())];
  } catch {
    return [wrong(`certificate ${ssl.cert_file}`, 'is not there, or is no certificate (PEM)')];
  }
}

async function login(
  { config: { sources }, directory }: Context,
  { deps, tenants }: Cluster,
  collectsOnly: boolean,
): Promise<Diagnosis> {
  const about = `login at ${deps.config.brokers[0]}`;
  try {
    await using admin = await openKafkaAdmin(deps);
    const theirs = new Set<TenantId>([...sources.values()].flatMap((source) => tenantsOfSource(source, directory)));
    const wanted = tenants.filter((tenant) => !collectsOnly || theirs.has(tenant)).map(topicOf);
    const seen = new Set(await admin.visible());
    const missing = wanted.filter((topic) => !seen.has(topic));
    return topicsDiagnosis(about, { user: deps.config.sasl?.username, wanted: wanted.length, missing, collectsOnly });
  } catch (error) {
    if (!isFault(error)) throw error;
    return wrong(about, error.message);
  }
}
