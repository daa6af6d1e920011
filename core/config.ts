/** `cordon.yaml`: which sources, where the data lies, who gets the mail. Parsed once, at the edge. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { severities } from './alert.ts';
import { checked, type Document, fail, readDocument } from './document.ts';
import { Fault } from './errors.ts';
import { type KafkaConfig, kafkaConfigOf, sharedKafkaSchema } from './kafka-config.ts';
import { type KeysConfig, keysConfigOf, keysSchema } from './keys-config.ts';
import { nearest } from './nearest.ts';
import { type StoreConfig, storeConfigOf, storeSchema } from './store-config.ts';
import { endpointProblems, type TenantsConfig, tenantsConfigOf, tenantsSchema } from './tenants-config.ts';
import { isZone } from './time.ts';

const text = z.string().min(1, 'must not be empty').max(4_096);
const path = text.describe('a path; a relative one starts at the folder of this file');
const zone = text
  .refine(isZone, 'is not a time zone; write one as Europe/London or UTC')
  .describe('IANA time zone, for formats whose times carry none');
const port = z.int().min(0).max(65_535);
const mailAddress = z.string().regex(/^[^\s@<>]+@[^\s@<>]+$/, 'is not a mail address');
const sender = z.string().regex(/^([^<>\r\n]*<)?[^\s@<>]+@[^\s@<>]+>?$/, 'is not a mail address, or `Name <address>`');
const listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'write host:port, for example 127.0.0.1:8080')
  .refine((value) => Number(value.slice(value.lastIndexOf(':') + 1)) <= 65_535, 'the port is at most 65535');

/** Also the name of the source's key file and of its stream, so it is short and plain. */
const sourceName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a source is named with letters, digits, `.`, `_` and `-`, at most 63');

const source = z.strictObject({
  collector: text.describe('the format of its records: `cordon collectors` lists them'),
  tail: z
    .union([path, z.array(path).min(1).max(1_000)])
    .describe('files to follow; `*` and `?` stand for names, `**` for folders'),
  time_zone: zone.optional(),
  log_line_prefix: text.optional().describe('pgaudit on stderr: the log_line_prefix of postgresql.conf'),
  prefix: text.optional().describe('samba: the full_audit:prefix of smb.conf'),
});

const mail = z
  .strictObject({
    host: text.optional().describe('the mail server; `folder` can stand for it, or beside it'),
    port: port.default(587),
    from: sender,
    to: z.array(mailAddress).max(1_000).default([]).describe('who gets alerts that no route names'),
    user: text.optional(),
    password_file: path.optional().describe('file that holds the password'),
    password_env: text.optional().describe('environment variable that holds the password'),
    tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
    ca_file: path.optional().describe('PEM of the authority behind the server, if the system does not know it'),
    folder: path.optional().describe('a Maildir to write every mail to: a trial without a mail server, or a record'),
  })
  .refine((m) => m.host !== undefined || m.folder !== undefined, 'names neither a host nor a folder')
  .refine((m) => !(m.password_file && m.password_env), 'give password_file or password_env, not both')
  .refine((m) => !(m.password_file || m.password_env) || m.user, 'has a password but no user');

const route = z.strictObject({
  to: z.array(mailAddress).min(1).max(1_000),
  tenants: z.array(text).min(1).optional().describe('only alerts about these clients; all if left out'),
  severity_at_least: z.enum(severities).optional(),
});

const alerts = z.strictObject({
  budget_per_day_per_1000: z.number().positive().max(1_000).default(5).describe('alerts a day per 1,000 staff'),
  routes: z.array(route).max(1_000).default([]),
});

const checkpoints = z.strictObject({
  every: z
    .string()
    // What divides an hour, so that a schedule keeps to it; and never more than five minutes.
    .regex(/^([1-5]m|(5|10|15|20|30)s)$/, 'write 5s, 10s, 15s, 20s or 30s, or 1m to 5m')
    .default('5m'),
  folder: path.optional().describe('a folder on another machine: checkpoints are written there too, once and for all'),
  mail: z
    .boolean()
    .default(false)
    .describe('once a day, to each client’s contacts `for: [checkpoints]`, the checkpoints made since the last time'),
  timestamp: z
    .strictObject({
      url: z.string().regex(/^https?:\/\/\S+$/, 'write an address as http://tsa.example/tsr'),
      ca_file: path.describe('PEM: the certificates that the authority’s own must lead to'),
    })
    .optional()
    .describe('a time stamping authority (RFC 3161), asked once a day for each client'),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  data: path.describe('spool, embedded store, keys; one process at a time'),
  directory: path.describe('who is who: a file, or a folder of them'),
  facts: path.optional().describe('seed of the fact log, NDJSON'),
  rules: z
    .union([path, z.array(path).min(1).max(1_000)])
    .optional()
    .describe('settings of detectors, and their tests: a file, a folder, or `*` for names'),
  geo: path.optional().describe('CSV with network,country,kind,lat,lon; a weak signal only'),
  sources: z.record(sourceName, source).describe('name → where its records come from'),
  bus: z
    .union([z.literal('local'), z.strictObject({ kafka: sharedKafkaSchema })])
    .default('local')
    .describe('`local`: everything in one process; kafka: edge and vault apart'),
  store: storeSchema,
  tenants: tenantsSchema,
  keys: keysSchema,
  rejects_key: path
    .optional()
    .describe('PEM of a public key: records that no collector can read are sealed for whoever has its private half'),
  mail: mail.optional(),
  alerts: alerts.prefault({}),
  checkpoints: checkpoints.prefault({}),
  legal_hold: z
    .array(text)
    .max(10_000)
    .default([])
    .describe('clients of whose data nothing is deleted, whatever its age'),
  dashboard: z.strictObject({ listen: listen.default('127.0.0.1:0') }).prefault({}),
  log_level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

type Parsed = z.output<typeof configSchema>;

/** A secret is named by the file or variable that holds it, so no dump of a configuration can print it. */
export type SecretRef = { readonly file: string } | { readonly env: string };

export interface SourceConfig {
  readonly name: string;
  readonly collector: string;
  /** Absolute paths or globs. */
  readonly tail: readonly string[];
  readonly time_zone: string | undefined;
  readonly log_line_prefix: string | undefined;
  readonly prefix: string | undefined;
}

export interface MailConfig extends Omit<NonNullable<Parsed['mail']>, 'password_file' | 'password_env'> {
  readonly password: SecretRef | undefined;
}

/** All paths absolute. */
export interface Config {
  readonly file: string;
  readonly data: string;
  readonly directory: string;
  readonly facts: string | undefined;
  readonly geo: string | undefined;
  /** Files, folders or globs; absolute. */
  readonly rules: readonly string[];
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly bus: 'local' | { readonly kafka: KafkaConfig };
  readonly store: StoreConfig;
  /** Those that have an endpoint of their own. */
  readonly tenants: TenantsConfig;
  readonly keys: KeysConfig;
  /** File of a public half; absolute. */
  readonly rejects_key: string | undefined;
  readonly mail: MailConfig | undefined;
  readonly alerts: Parsed['alerts'];
  /** `folder` absolute. */
  readonly checkpoints: Parsed['checkpoints'];
  readonly legal_hold: readonly string[];
  /** `listen`: host:port; port 0 is any free one. */
  readonly dashboard: Parsed['dashboard'];
  readonly log_level: Parsed['log_level'];
}

/** `--config`, then ./cordon.yaml, then $CORDON_CONFIG; absolute. Throws CONFIG_INVALID, saying where was looked. */
export function findConfig(flag: string | undefined, env: Readonly<Record<string, string | undefined>>, cwd: string) {
  if (flag !== undefined) return resolve(cwd, flag);
  const here = join(cwd, 'cordon.yaml');
  if (existsSync(here)) return here;
  const named = env['CORDON_CONFIG'];
  if (named) return resolve(cwd, named);
  throw new Fault(
    'CONFIG_INVALID',
    'there is no cordon.yaml in this folder; name one with --config FILE or $CORDON_CONFIG',
  );
}

/**
 * Throws CONFIG_INVALID with every problem as `FILE:LINE:COL: path: what is wrong`. `collectors`: the names a source's
 * `collector` may have; without them any is taken.
 */
export function loadConfig(file: string, collectors?: readonly string[]): Config {
  const document = readDocument(file, 'CONFIG_INVALID');
  const parsed = checked(document, configSchema, 'CONFIG_INVALID');
  if (parsed.checkpoints.mail && !parsed.mail) {
    const at = document.where(['checkpoints', 'mail']);
    fail('CONFIG_INVALID', [`${at}: checkpoints.mail: there is no \`mail\` to send them by`]);
  }
  const unknown = collectors ? unknownCollectors(document, parsed, collectors) : [];
  const problems = [...unknown, ...endpointProblems(document, parsed)];
  if (problems.length > 0) fail('CONFIG_INVALID', problems);
  return settle(parsed, resolve(file));
}

function unknownCollectors(document: Document, parsed: Parsed, collectors: readonly string[]): string[] {
  return Object.entries(parsed.sources)
    .filter(([, { collector }]) => !collectors.includes(collector))
    .map(([name, { collector }]) => {
      const near = nearest(collector, collectors);
      const hint = near ? `did you mean \`${near}\`?` : `known here: ${collectors.join(', ')}`;
      const at = document.where(['sources', name, 'collector']);
      return `${at}: sources.${name}.collector: there is no collector \`${collector}\`; ${hint}`;
    });
}

function settle(parsed: Parsed, file: string): Config {
  const from = (name: string) => (isAbsolute(name) ? name : join(dirname(file), name));
  const sources = Object.entries(parsed.sources).map(([name, given]): [string, SourceConfig] => [
    name,
    {
      name,
      collector: given.collector,
      tail: [given.tail].flat().map(from),
      time_zone: given.time_zone,
      log_line_prefix: given.log_line_prefix,
      prefix: given.prefix,
    },
  ]);
  return {
    file,
    data: from(parsed.data),
    directory: from(parsed.directory),
    facts: parsed.facts && from(parsed.facts),
    geo: parsed.geo && from(parsed.geo),
    rules: [parsed.rules ?? []].flat().map(from),
    sources: new Map(sources),
    bus: parsed.bus === 'local' ? 'local' : { kafka: kafkaConfigOf(parsed.bus.kafka, from) },
    store: storeConfigOf(parsed.store, from),
    tenants: tenantsConfigOf(parsed.tenants, from),
    keys: keysConfigOf(parsed.keys, from),
    rejects_key: parsed.rejects_key && from(parsed.rejects_key),
    mail: parsed.mail && mailOf(parsed.mail, from),
    alerts: parsed.alerts,
    checkpoints: checkpointsOf(parsed.checkpoints, from),
    legal_hold: parsed.legal_hold,
    dashboard: parsed.dashboard,
    log_level: parsed.log_level,
  };
}

function checkpointsOf(given: Parsed['checkpoints'], from: (name: string) => string): Parsed['checkpoints'] {
  const { folder, timestamp } = given;
  const stamping = timestamp && { ...timestamp, ca_file: from(timestamp.ca_file) };
  return { ...given, folder: folder && from(folder), timestamp: stamping };
}

function mailOf(given: NonNullable<Parsed['mail']>, from: (name: string) => string): MailConfig {
  const { password_file, password_env, ca_file, folder, ...rest } = given;
  const password = password_file ? { file: from(password_file) } : password_env ? { env: password_env } : undefined;
  return { ...rest, password, ca_file: ca_file && from(ca_file), folder: folder && from(folder) };
}

/** The secret itself, without the line end of its file. Throws CONFIG_INVALID, naming file or variable, if there is none. */
export function readSecret(ref: SecretRef, env: Readonly<Record<string, string | undefined>>): string {
  if ('env' in ref) {
    const value = env[ref.env];
    if (value) return value;
    throw new Fault('CONFIG_INVALID', `the environment variable ${ref.env}, which should hold a secret, is not set`);
  }
  try {
    const value = readFileSync(ref.file, 'utf8').replace(/\r?\n$/, '');
    if (value) return value;
  } catch (cause) {
    throw new Fault('CONFIG_INVALID', `${ref.file}, which should hold a secret, cannot be read`, {}, cause);
  }
  throw new Fault('CONFIG_INVALID', `${ref.file}, which should hold a secret, is empty`);
}
