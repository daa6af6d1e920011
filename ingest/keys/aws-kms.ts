/**
 * Tenants' keys in AWS KMS: a data key is encrypted there with the client's id as encryption context, so no other client's
 * can be passed for it. An edge needs the right kms:Encrypt and nothing else, the vault kms:Decrypt. The SDK is loaded
 * with the first call.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html, API_Decrypt.html, API_RotateKeyOnDemand.html
 */
import type { KMSClient } from '@aws-sdk/client-kms';
import { Fault } from '../../core/errors.ts';
import type { AwsKmsConfig } from '../../core/keys-config.ts';
import type { Instant, TenantId } from '../../core/types.ts';
import type { KeyProvider } from './key-provider.ts';

/** One call, the SDK's own retries included. */
const callMsMax = 10_000;
const attemptsMax = 3;
/** What is no ciphertext of KMS, or another client's. */
const refusedNames = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

/** And what it answers where the key that a ciphertext names was deleted. */
const goneName = 'NotFoundException';

/** A right that was forgotten is granted meanwhile, or the key is somebody else's; then the batch is not waited for any longer. */
const deniedName = 'AccessDeniedException';
const deniedTriesMin = 10;
const deniedMsMax = 600_000;
/** Ciphertexts whose refusals are counted. */
const deniedKnownMax = 1_000;

type Sdk = typeof import('@aws-sdk/client-kms');

interface Limits {
  readonly callMsMax: number;
  readonly deniedMsMax: number;
}

export class AwsKmsKeys implements KeyProvider {
  readonly scheme = 'aws-kms';
  readonly #config: AwsKmsConfig;
  readonly #limits: Limits;
  readonly #now: () => Instant;
  /** By wrapped key: since when, and how often AWS KMS said no. */
  readonly #denied = new Map<string, { readonly since: Instant; readonly tries: number }>();
  #opened: Promise<{ readonly sdk: Sdk; readonly client: KMSClient }> | undefined;

  constructor(config: AwsKmsConfig, limits: Partial<Limits> = {}, now: () => Instant = Date.now) {
    this.#config = config;
    this.#limits = { callMsMax, deniedMsMax, ...limits };
    this.#now = now;
  }

  newest(): undefined {
    return undefined;
  }

  async wrap(tenant: TenantId, dataKey: Buffer, signal: AbortSignal): Promise<string> {
    const { CiphertextBlob } = await this.#call('wrap', tenant, signal, ({ sdk, client }, options) =>
      client.send(
        new sdk.EncryptCommand({
          KeyId: this.#keyOf(tenant),
          Plaintext: dataKey,
          EncryptionContext: contextOf(tenant),
        }),
        options,
      ),
    );
    if (!CiphertextBlob) throw unreachable(tenant, 'it answered without a ciphertext');
    return Buffer.from(CiphertextBlob).toString('base64url');
  }

  async unwrap(tenant: TenantId, wrapped: string, signal: AbortSignal): Promise<Buffer> {
    const blob = Buffer.from(wrapped, 'base64url');
    // What KMS would not even look at is the edge's doing, and must not make everything behind it wait.
    if (blob.length === 0 || blob.toString('base64url') !== wrapped)
      throw new Fault('KEY_REFUSED', 'it is not written as wrapped data keys are', { tenant });
    // Without a KeyId: the ciphertext names its key, also one that the alias no longer leads to.
    const { Plaintext } = await this.#call('unwrap', tenant, signal, ({ sdk, client }, options) =>
      client.send(
        new sdk.DecryptCommand({
          CiphertextBlob: blob,
          EncryptionContext: contextOf(tenant),
        }),
        options,
      ),
    ).catch((error: unknown) => {
      throw this.#deniedTooOften(tenant, wrapped, error) ?? error;
    });
    this.#denied.delete(wrapped);
    if (!Plaintext) throw unreachable(tenant, 'it answered without a plaintext');
    return Buffer.from(Plaintext);
  }

  async rotate(tenant: TenantId, signal: AbortSignal): Promise<string> {
    // It takes no alias.
    const { KeyMetadata } = await this.#call('rotate', tenant, signal, ({ sdk, client }, options) =>
      client.send(new sdk.DescribeKeyCommand({ KeyId: this.#keyOf(tenant) }), options),
    );
    const { KeyId } = await this.#call('rotate', tenant, signal, ({ sdk, client }, options) =>
      client.send(new sdk.RotateKeyOnDemandCommand({ KeyId: KeyMetadata?.KeyId }), options),
    );
    return `new key material for ${KeyId}`;
  }

  /** One that names a key of another account is denied for ever, as one is to which the vault's role has no right yet. */
  #deniedTooOften(tenant: TenantId, wrapped: string, error: unknown): Fault | undefined {
    if (!(error instanceof Fault && error.cause instanceof Error && error.cause.name === deniedName)) return undefined;
    const now = this.#now();
    const { since, tries } = this.#denied.get(wrapped) ?? { since: now, tries: 0 };
    if (this.#denied.size >= deniedKnownMax) this.#denied.clear();
    this.#denied.set(wrapped, { since, tries: tries + 1 });
    if (tries + 1 < deniedTriesMin || now - since < this.#limits.deniedMsMax) return undefined;
    return new Fault(
      'KEY_REFUSED',
      `AWS KMS lets this role decrypt nothing of client ${tenant} under the key that this names; grant kms:Decrypt if the key is yours, and \`cordon replay-dead\``,
      { tenant },
      error,
    );
  }

  #keyOf(tenant: TenantId): string {
    return this.#config.key.replaceAll('{tenant}', tenant);
  }

  async #call<Answer>(
    doing: 'wrap' | 'unwrap' | 'rotate',
    tenant: TenantId,
    signal: AbortSignal,
    send: (
      opened: { readonly sdk: Sdk; readonly client: KMSClient },
      options: { abortSignal: AbortSignal },
    ) => Promise<Answer>,
  ): Promise<Answer> {
    this.#opened ??= this.#open();
    const opened = await this.#opened;
    const tooLong = AbortSignal.timeout(this.#limits.callMsMax);
    try {
      return await send(opened, { abortSignal: AbortSignal.any([signal, tooLong]) });
    } catch (error) {
      signal.throwIfAborted();
      const name = error instanceof Error ? error.name : 'unknown';
      if (name === goneName && doing === 'unwrap')
        throw new Fault(
          'KEY_MISSING',
          `client ${tenant}: the key is not in AWS KMS any more; what it sealed cannot be read`,
          { tenant },
          error,
        );
      if (refusedNames.has(name))
        throw new Fault('KEY_REFUSED', `AWS KMS does not decrypt it for client ${tenant} (${name})`, { tenant }, error);
      throw unreachable(tenant, tooLong.aborted ? `no answer within ${this.#limits.callMsMax} ms` : name, error);
    }
  }

  async #open(): Promise<{ readonly sdk: Sdk; readonly client: KMSClient }> {
    const sdk = await import('@aws-sdk/client-kms');
    const { region, endpoint } = this.#config;
    const client = new sdk.KMSClient({ region, maxAttempts: attemptsMax, ...(endpoint !== undefined && { endpoint }) });
    return { sdk, client };
  }
}

/** Bound into the ciphertext, and in AWS's own log of each call. */
const contextOf = (tenant: TenantId): Record<string, string> => ({ 'cordon-tenant': tenant });

const unreachable = (tenant: TenantId, why: string, cause?: unknown): Fault =>
  new Fault(
    'KEY_UNREACHABLE',
    `AWS KMS gives no key for client ${tenant} (${why}); look at its alias and this role's rights`,
    { tenant },
    cause,
  );
