/**
 * How this program reaches the brokers, what its topics are called, and what their errors mean. The one file that knows
 * the client library: what others need of it they get here.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Cluster, Kafka, type KafkaConfig as KafkaOptions, logLevel, type SASLOptions } from 'kafkajs';
import { readSecret } from '../../core/config.ts';
import { Fault } from '../../core/errors.ts';
import type { KafkaConfig, KafkaSasl } from '../../core/kafka-config.ts';
import type { Log } from '../../core/log.ts';
import { type TenantId, tenantId } from '../../core/types.ts';
import { boundedGzip, unreadCodec } from './kafka-codecs.ts';
import { boundHeaders, type Decoder } from './kafka-decoder.ts';
import { type Encoder, holdLargePieces } from './kafka-encoder.ts';
import { brokerSocket, throughLibrary } from './kafka-socket.ts';

export type {
  AclEntry,
  AclFilter,
  AclOperationTypes as Operation,
  Admin,
  Cluster,
  Consumer,
  EachBatchPayload,
  Kafka,
  KafkaMessage,
  Producer,
} from 'kafkajs';
export { PartitionAssigners, Partitioners } from 'kafkajs';

const require = createRequire(import.meta.url);

holdLargePieces(require('kafkajs/src/protocol/encoder') as { prototype: Encoder });
boundHeaders(require('kafkajs/src/protocol/decoder') as { prototype: Decoder });

const { CompressionCodecs, CompressionTypes } = require('kafkajs') as typeof import('kafkajs');
CompressionCodecs[CompressionTypes.GZIP] = () => boundedGzip;
CompressionCodecs[CompressionTypes.Snappy] = () => unreadCodec('Snappy');
CompressionCodecs[CompressionTypes.LZ4] = () => unreadCodec('LZ4');
CompressionCodecs[CompressionTypes.ZSTD] = () => unreadCodec('zstd');

/** The protocol's numbers. Required, because Node's `import` of this CommonJS package sees only some of its names. */
export const adminNames = require('kafkajs') as Pick<
  typeof import('kafkajs'),
  'AclOperationTypes' | 'AclPermissionTypes' | 'AclResourceTypes' | 'ConfigResourceTypes' | 'ResourcePatternTypes'
>;

const connectMsMax = 5_000;
const requestMsMax = 30_000;

export interface KafkaDeps {
  readonly config: KafkaConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

export const topicOf = (tenant: TenantId): string => `cordon.${tenant}`;
/** Tenants' ids have no dot, so that this is no tenant's own topic. */
export const deadTopicOf = (tenant: TenantId): string => `cordon.${tenant}.dead`;
export const tenantOfTopic = (topic: string): TenantId => tenantId(topic.slice('cordon.'.length));

/** Connects to nothing yet. Throws CONFIG_INVALID for a secret or certificate that cannot be read. */
export function kafkaClient({ config, env, log }: KafkaDeps): Kafka {
  const options: KafkaOptions = {
    clientId: config.client_id,
    brokers: config.brokers.map(throughLibrary),
    socketFactory: brokerSocket,
    connectionTimeout: connectMsMax,
    requestTimeout: requestMsMax,
    // Whoever calls decides how often and how long; the library only smooths over a moment.
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, log: { message } }) =>
        log.debug({ kafka: namespace }, message),
  };
  const { ssl, sasl } = config;
  if (ssl) {
    const pem = (file: string | undefined) => (file === undefined ? {} : { pem: certificate(file) });
    const { pem: ca } = pem(ssl.ca_file);
    const { pem: cert } = pem(ssl.cert_file);
    const { pem: key } = pem(ssl.key_file);
    options.ssl = { ...(ca && { ca: [ca] }), ...(cert && { cert }), ...(key && { key }) };
  }
  if (sasl) options.sasl = loginOf(sasl, env);
  return new Kafka(options);
}

/** Takes a member out of its group, whoever it is. The library's own members leave by this call, which its types do not name. */
export async function leaveGroup(cluster: Cluster, groupId: string, memberId: string): Promise<void> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as {
    leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
  };
  await coordinator.leaveGroup({ groupId, memberId });
}

/** Sets where a group goes on that has no members: who commits is none, which brokers take from nobody else. */
export async function commitOutside(
  cluster: Cluster,
  groupId: string,
  places: readonly { readonly topic: string; readonly partition: number; readonly first: string }[],
): Promise<void> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as {
    offsetCommit(commit: object): Promise<unknown>;
  };
  const topics = [...new Set(places.map(({ topic }) => topic))].map((topic) => ({
    topic,
    partitions: places
      .filter((place) => place.topic === topic)
      .map(({ partition, first }) => ({ partition, offset: first })),
  }));
  await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics });
}

function certificate(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('CONFIG_INVALID', `${file}, which should hold a certificate or key, cannot be read`, {}, cause);
  }
}

function loginOf({ mechanism, username = '', secret }: KafkaSasl, env: KafkaDeps['env']): SASLOptions {
  if (mechanism === 'oauthbearer') {
    return { mechanism, oauthBearerProvider: () => Promise.resolve({ value: readSecret(secret, env) }) };
  }
  const password = readSecret(secret, env);
  // Written out, because the library's type wants each mechanism by itself.
  if (mechanism === 'plain') return { mechanism, username, password };
  if (mechanism === 'scram-sha-256') return { mechanism, username, password };
  return { mechanism, username, password };
}

/** What the brokers answer when an operator has to do something. From Kafka's Errors.java. */
const refusals: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'the brokers do not allow it; see `cordon acls`',
  GROUP_AUTHORIZATION_FAILED: 'the brokers do not allow this consumer group; see `cordon acls`',
  CLUSTER_AUTHORIZATION_FAILED: 'the brokers do not allow it; see `cordon acls`',
  SASL_AUTHENTICATION_FAILED: 'the brokers do not accept this user or password',
  UNKNOWN_TOPIC_OR_PARTITION: 'the topic is not there; run `cordon topics apply`',
  MESSAGE_TOO_LARGE: 'the topic takes no message this large; run `cordon topics apply`',
  NOT_ENOUGH_REPLICAS: 'too few brokers are up to keep it safe',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'too few brokers are up to keep it safe',
};

/** BROKER_REFUSED where an operator has to act, CONFIG_INVALID for what this program can never read, else BROKER_UNREACHABLE. */
export function faultOf(error: unknown, doing: string, about: Fault['about'] = {}): Fault {
  if (error instanceof Fault) return error;
  const { type, name, message } = rootOf(error);
  // The library keeps to itself why: with a broker that answers, it is a right that is not there.
  if (name === 'KafkaJSGroupCoordinatorNotFound')
    return new Fault(
      'BROKER_REFUSED',
      `${doing}: the brokers do not allow this consumer group, or have no coordinator for it; see \`cordon acls\``,
      { ...about, reason: name },
      error,
    );
  const code = type ?? (name === 'KafkaJSSASLAuthenticationError' ? 'SASL_AUTHENTICATION_FAILED' : undefined);
  const why = code === undefined ? undefined : refusals[code];
  if (why !== undefined && code !== undefined)
    return new Fault('BROKER_REFUSED', `${doing}: ${why}`, { ...about, reason: code }, error);
  const reason = code ?? name;
  return new Fault(
    'BROKER_UNREACHABLE',
    `${doing}: the brokers do not answer (${message})`,
    { ...about, reason },
    error,
  );
}

interface Root {
  readonly name: string;
  readonly type: string | undefined;
  readonly message: string;
}

/** kafkajs wraps what went wrong into `KafkaJSNumberOfRetriesExceeded` and the like. */
function rootOf(error: unknown): Root {
  let root = error as Error & { type?: string; originalError?: unknown };
  for (let depth = 0; depth < 8; depth += 1) {
    const inner = (root.cause ?? root.originalError) as typeof root | undefined;
    if (!(inner instanceof Error)) break;
    root = inner;
  }
  return { name: root.name, type: root.type, message: root.message };
}
