/** `keys` of cordon.yaml: where the keys are kept that wrap the clients' data keys. */
import { z } from 'zod';

const text = z.string().min(1, 'must not be empty').max(2_048);
const url = text.regex(/^https?:\/\/[^\s/]+/, 'write https://host:port');
/** A key of its own for each client: destroying one client's key must destroy no other's data. */
const keyName = text.refine(
  (name) => name.includes('{tenant}'),
  'must hold {tenant}, which stands for the client’s id',
);

const awsKms = z.strictObject({
  region: text.describe('as eu-west-2'),
  key: keyName.describe('alias or ARN of a symmetric key: alias/cordon-{tenant}'),
  endpoint: url.optional().describe('another address of the service, as that of a VPC endpoint'),
});

const vault = z
  .strictObject({
    url: url.describe('https://vault.firm.example:8200'),
    mount: text.default('transit').describe('where the transit engine is mounted'),
    key: keyName.default('cordon-{tenant}').describe('name of a key of type aes256-gcm96'),
    namespace: text.optional().describe('Vault Enterprise: the namespace'),
    token_file: text.optional().describe('file that holds the token; read anew for each call'),
    token_env: text.optional().describe('environment variable that holds the token'),
    ca_file: text.optional().describe('PEM of the authority behind the server, if the system does not know it'),
  })
  .refine((given) => (given.token_file === undefined) !== (given.token_env === undefined), {
    message: 'give token_file or token_env, one of them',
  });

export const keysSchema = z
  .union([z.literal('file'), z.strictObject({ aws_kms: awsKms }), z.strictObject({ vault })])
  .default('file')
  .describe('what wraps the data keys that batches are encrypted under: files in `data`, AWS KMS, or Vault transit');

type Parsed = z.output<typeof keysSchema>;
type SecretRef = { readonly file: string } | { readonly env: string };

export type AwsKmsConfig = z.output<typeof awsKms>;
export interface VaultKeysConfig {
  readonly url: string;
  readonly mount: string;
  /** With `{tenant}` for the client's id. */
  readonly key: string;
  readonly namespace: string | undefined;
  readonly token: SecretRef;
  readonly ca_file: string | undefined;
}

/** All paths absolute. */
export type KeysConfig = 'file' | { readonly aws_kms: AwsKmsConfig } | { readonly vault: VaultKeysConfig };

export function keysConfigOf(given: Parsed, from: (name: string) => string): KeysConfig {
  if (given === 'file' || 'aws_kms' in given) return given;
  const { url: address, mount, key, namespace, token_file, token_env = '', ca_file } = given.vault;
  const token = token_file === undefined ? { env: token_env } : { file: from(token_file) };
  return { vault: { url: address, mount, key, namespace, token, ca_file: ca_file && from(ca_file) } };
}
