/** `store:` of cordon.yaml: the embedded server, or a ClickHouse server of one's own. */
import { z } from 'zod';

const text = z.string().min(1, 'must not be empty').max(4_096);
const path = text.describe('a path; a relative one starts at the folder of this file');
const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?\/?$/;

const admin = z
  .strictObject({
    user: text,
    password_file: path.optional().describe('file that holds the password'),
    password_env: text.optional().describe('environment variable that holds the password'),
  })
  .refine((given) => (given.password_file === undefined) !== (given.password_env === undefined), {
    message: 'needs password_file or password_env, one of them',
  });

const replicasMax = 16;

const address = z
  .string()
  .regex(/^https?:\/\/[^\s/]+\/?$/, 'write https://host:port')
  .refine((url) => url.startsWith('https://') || loopback.test(url), {
    message: 'must be https://: passwords travel over it (http:// on this machine alone)',
  });

const fields = {
  url: address.describe('where the server answers HTTP'),
  ca_file: path.optional().describe('PEM of the authority behind the server, if the system does not know it'),
  admin: admin
    .optional()
    .describe('makes users, grants and limits: `cordon tenants apply` needs it and nothing else does'),
  disk: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'is no name of a disk')
    .default('default')
    .describe("the server's disk that the clients' encrypted disks lie on"),
  cluster: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'is no name of a cluster')
    .optional()
    .describe(
      "name of a cluster in the servers' `remote_servers`: everything is made on all of its servers, and tables are replicated",
    ),
  replicas: z
    .array(address)
    .max(replicasMax)
    .default([])
    .describe('servers of the cluster that questions are spread over; without them `url` is asked'),
};
const wholeCluster = (given: {
  readonly cluster?: string | undefined;
  readonly replicas: readonly string[];
}): boolean => given.cluster !== undefined || given.replicas.length === 0;
const notWhole = {
  message: 'replicas hold the same data only in a cluster: name it with `cluster`',
  path: ['replicas'],
};

/** A server for some clients alone. */
export const ownServerSchema = z.strictObject(fields).refine(wholeCluster, notWhole);

const server = z
  .strictObject({
    ...fields,
    region: text.optional().describe('where it lies; clients whose directory entry says another region are refused'),
  })
  .refine(wholeCluster, notWhole);

export const storeSchema = z
  .union([z.literal('embedded'), server])
  .default('embedded')
  .describe('`embedded`: a server that Cordon starts itself; url: one of your own');

type SecretRef = { readonly file: string } | { readonly env: string };

export interface ServerConfig {
  readonly url: string;
  /** Absolute. */
  readonly ca_file: string | undefined;
  readonly admin: { readonly user: string; readonly password: SecretRef } | undefined;
  readonly disk: string;
  /** In the servers' `remote_servers`; `undefined`: one server. */
  readonly cluster?: string | undefined;
  readonly replicas?: readonly string[];
  readonly region?: string | undefined;
}

export type StoreConfig = 'embedded' | ServerConfig;

export function storeConfigOf(given: z.output<typeof storeSchema>, from: (name: string) => string): StoreConfig {
  return given === 'embedded' ? given : { ...serverConfigOf(given, from), region: given.region };
}

export function serverConfigOf(given: z.output<typeof ownServerSchema>, from: (name: string) => string): ServerConfig {
  const { url, ca_file, admin: named, disk, cluster, replicas } = given;
  const { password_file, password_env = '' } = named ?? {};
  const password = password_file === undefined ? { env: password_env } : { file: from(password_file) };
  return {
    url,
    ca_file: ca_file && from(ca_file),
    admin: named && { user: named.user, password },
    disk,
    cluster,
    replicas,
  };
}
