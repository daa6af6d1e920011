/** `bus: { kafka: … }` of cordon.yaml: which brokers, how to be let in, what the topics are like, who may do what. */
import { z } from 'zod';

const text = z.string().min(1, 'must not be empty').max(4_096);
const path = text.describe('a path; a relative one starts at the folder of this file');
const broker = z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/, 'write host:port');
/** As Kafka has them in `User:NAME`; the whole of it is written into an ACL, so it holds no pattern. */
const principal = z.string().regex(/^[^\s*:]{1,249}$/, 'name a Kafka user without `User:`, blanks, `*` and `:`');
const groupId = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'a group is named with letters, digits, `.`, `_` and `-`');
const dayMs = 86_400_000;

const ssl = z
  .strictObject({
    ca_file: path.optional().describe('PEM of the authority behind the brokers, if the system does not know it'),
    cert_file: path.optional().describe('PEM of the client certificate, for mutual TLS'),
    key_file: path.optional().describe('PEM of its private key'),
  })
  .refine((given) => (given.cert_file === undefined) === (given.key_file === undefined), {
    message: 'needs cert_file and key_file together',
  });

const sasl = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']),
    username: text.optional(),
    password_file: path.optional().describe('file that holds the password'),
    password_env: text.optional().describe('environment variable that holds the password'),
    token_file: path.optional().describe('oauthbearer: file that holds the token; read anew whenever one is needed'),
  })
  .refine((given) => !(given.password_file && given.password_env), 'give password_file or password_env, not both')
  .refine(
    (given) =>
      given.mechanism === 'oauthbearer'
        ? given.token_file !== undefined
        : given.username !== undefined && (given.password_file ?? given.password_env) !== undefined,
    'lacks what its mechanism needs: username and password_file or password_env; for oauthbearer token_file',
  );

const topics = z.strictObject({
  partitions: z.int().min(1).max(1_000).default(3).describe('of each client; a stream always lies in one of them'),
  replication_factor: z.int().min(1).max(16).default(3),
  min_insync_replicas: z
    .int()
    .min(1)
    .max(16)
    .default(2)
    .describe('a batch counts as sent when so many brokers have it'),
  retention_days: z
    .int()
    .min(1)
    .max(3_650)
    .default(7)
    .describe('how long the vault may be away without losing batches'),
  dead_retention_days: z.int().min(1).max(3_650).default(90),
});

const principals = z.strictObject({
  collectors: z
    .record(principal, z.array(text).min(1).max(10_000))
    .default({})
    .describe('Kafka user → the sources it collects; it may write to the topics of their clients and do nothing else'),
  landers: z
    .record(principal, z.union([z.literal('all'), z.array(text).min(1).max(100_000)]))
    .default({})
    .describe('Kafka user → the clients it lands, or all'),
  operators: z.array(principal).max(100).default([]).describe('Kafka users who may use cordon replay-dead'),
});

export const kafkaSchema = z.strictObject({
  brokers: z.array(broker).min(1, 'name at least one broker').max(64),
  client_id: text.default('cordon').describe('what the brokers see in their logs and quotas'),
  group: groupId.default('cordon-land').describe('the consumer group of all landers'),
  ssl: ssl.optional().describe('TLS; `{}` is enough where the system knows the authority'),
  sasl: sasl.optional(),
  topics: topics.prefault({}),
  principals: principals.prefault({}),
});

/** The brokers of all clients. */
export const sharedKafkaSchema = kafkaSchema.extend({
  region: text.optional().describe('where they are; clients whose directory entry says another region are refused'),
});

type Parsed = z.output<typeof kafkaSchema>;
type SecretRef = { readonly file: string } | { readonly env: string };

export interface KafkaSasl {
  readonly mechanism: NonNullable<Parsed['sasl']>['mechanism'];
  readonly username: string | undefined;
  readonly secret: SecretRef;
}

/** All paths absolute. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly client_id: string;
  readonly group: string;
  readonly ssl: Parsed['ssl'];
  readonly sasl: KafkaSasl | undefined;
  readonly topics: Omit<Parsed['topics'], 'retention_days' | 'dead_retention_days'> & {
    readonly retentionMs: number;
    readonly deadRetentionMs: number;
  };
  readonly principals: Parsed['principals'];
  readonly region?: string | undefined;
}

export function kafkaConfigOf(
  given: Parsed & Pick<KafkaConfig, 'region'>,
  from: (name: string) => string,
): KafkaConfig {
  const { ssl: tls, sasl: login } = given;
  const { retention_days, dead_retention_days, ...rest } = given.topics;
  const file = (name: string | undefined) => name && from(name);
  return {
    ...given,
    ssl: tls && { ca_file: file(tls.ca_file), cert_file: file(tls.cert_file), key_file: file(tls.key_file) },
    sasl: login && { mechanism: login.mechanism, username: login.username, secret: secretOf(login, from) },
    topics: { ...rest, retentionMs: retention_days * dayMs, deadRetentionMs: dead_retention_days * dayMs },
  };
}

function secretOf(login: NonNullable<Parsed['sasl']>, from: (name: string) => string): SecretRef {
  const { token_file, password_file, password_env = '' } = login;
  const held = login.mechanism === 'oauthbearer' ? token_file : password_file;
  return held === undefined ? { env: password_env } : { file: from(held) };
}
