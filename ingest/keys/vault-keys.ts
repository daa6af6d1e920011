/**
 * Tenants' keys in HashiCorp Vault's transit engine: a key there for each client. An edge's token may update
 * `transit/encrypt/…` and nothing else, the vault's `transit/decrypt/…`. The client is loaded with the first call.
 * https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
import { readFileSync } from 'node:fs';
import type { client as VaultClient } from 'node-vault';
import { readSecret } from '../../core/config.ts';
import { Fault } from '../../core/errors.ts';
import type { VaultKeysConfig } from '../../core/keys-config.ts';
import type { TenantId } from '../../core/types.ts';
import type { KeyProvider } from './key-provider.ts';

const callMsMax = 10_000;
/** Transit says so for what is no ciphertext of this key. */
const refusedStatus = 400;
/** And with the same status, in these words (builtin/logical/transit), where there is no such key. */
const noKeyText = 'encryption key not found';

export class VaultKeys implements KeyProvider {
  readonly scheme = 'vault-transit';
  readonly #config: VaultKeysConfig;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #callMsMax: number;
  #client: Promise<VaultClient> | undefined;

  constructor(
    config: VaultKeysConfig,
    env: Readonly<Record<string, string | undefined>>,
    limits: { readonly callMsMax: number } = { callMsMax },
  ) {
    this.#config = config;
    this.#env = env;
    this.#callMsMax = limits.callMsMax;
  }

  newest(): undefined {
    return undefined;
  }

  async wrap(tenant: TenantId, dataKey: Buffer, signal: AbortSignal): Promise<string> {
    const answer = await this.#post(tenant, 'encrypt', { plaintext: dataKey.toString('base64') }, signal);
    return `${this.#nameOf(tenant)}:${textOf(tenant, answer, 'ciphertext')}`;
  }

  async unwrap(tenant: TenantId, wrapped: string, signal: AbortSignal): Promise<Buffer> {
    const colon = wrapped.indexOf(':');
    const name = wrapped.slice(0, Math.max(0, colon));
    // The name is the edge's word, and must not lead to another client's key.
    if (name !== this.#nameOf(tenant))
      throw new Fault(
        'KEY_MISSING',
        `client ${tenant}: the batch was sealed under ${name}, and \`keys\` in cordon.yaml says ${this.#nameOf(tenant)}`,
        { tenant },
      );
    const answer = await this.#post(tenant, 'decrypt', { ciphertext: wrapped.slice(colon + 1) }, signal);
    return Buffer.from(textOf(tenant, answer, 'plaintext'), 'base64');
  }

  async rotate(tenant: TenantId, signal: AbortSignal): Promise<string> {
    await this.#post(tenant, 'rotate', {}, signal);
    return `a new version of ${this.#nameOf(tenant)}`;
  }

  #nameOf(tenant: TenantId): string {
    return `${this.#config.mount}/${this.#config.key.replaceAll('{tenant}', tenant)}`;
  }

  async #post(
    tenant: TenantId,
    what: 'encrypt' | 'decrypt' | 'rotate',
    body: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<unknown> {
    this.#client ??= this.#open();
    const client = await this.#client;
    const { mount, key, token } = this.#config;
    const name = key.replaceAll('{tenant}', tenant);
    const path = what === 'rotate' ? `${mount}/keys/${name}/rotate` : `${mount}/${what}/${name}`;
    try {
      client.token = readSecret(token, this.#env);
      return await interruptible(client.write(path, body), signal);
    } catch (error) {
      signal.throwIfAborted();
      const status = statusOf(error);
      if (what === 'decrypt' && String(error).includes(noKeyText))
        throw new Fault(
          'KEY_MISSING',
          `client ${tenant}: the key ${mount}/${name} is not in Vault any more; what it sealed cannot be read`,
          { tenant },
          error,
        );
      if (what === 'decrypt' && status === refusedStatus)
        throw new Fault('KEY_REFUSED', `Vault does not decrypt it for client ${tenant}`, { tenant }, error);
      throw unreachable(tenant, `${path}: ${status ?? (error instanceof Error ? error.message : 'unknown')}`, error);
    }
  }

  async #open(): Promise<VaultClient> {
    const { default: nodeVault } = await import('node-vault');
    const { url, namespace, ca_file } = this.#config;
    return nodeVault({
      endpoint: url,
      ...(namespace !== undefined && { namespace }),
      // Its own log would print what is encrypted; its own variable would switch TLS checks off.
      debug: () => undefined,
      requestOptions: {
        timeout: this.#callMsMax,
        strictSSL: true,
        ...(ca_file !== undefined && { ca: readFileSync(ca_file) }),
      },
    });
  }
}

function textOf(tenant: TenantId, answer: unknown, field: 'ciphertext' | 'plaintext'): string {
  const data: unknown = (answer as { data?: unknown } | undefined)?.data;
  const text: unknown = (data as Record<string, unknown> | undefined)?.[field];
  if (typeof text === 'string' && text !== '') return text;
  throw unreachable(tenant, `it answered without a ${field}`);
}

const statusOf = (error: unknown): number | undefined =>
  (error as { response?: { statusCode?: number } } | undefined)?.response?.statusCode;

/** The client knows no signals; what it asked ends by its own time limit. */
async function interruptible<Answer>(asked: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const unreachable = (tenant: TenantId, why: string, cause?: unknown): Fault =>
  new Fault(
    'KEY_UNREACHABLE',
    `Vault gives no key for client ${tenant} (${why}); look at the key and this token's policy`,
    { tenant },
    cause,
  );
