/** The keys that `keys` in cordon.yaml names: to seal with at the edge, to open with at the vault. */
import { createOpener, type Opener } from '../core/envelope.ts';
import type { Seals } from '../ingest/intake.ts';
import { AwsKmsKeys } from '../ingest/keys/aws-kms.ts';
import { FileKeys } from '../ingest/keys/file-keys.ts';
import type { KeyProvider } from '../ingest/keys/key-provider.ts';
import { SealingKeys } from '../ingest/keys/sealing-keys.ts';
import { VaultKeys } from '../ingest/keys/vault-keys.ts';
import type { Context } from './context.ts';

type Configured = Pick<Context, 'config' | 'env'>;

/** What wraps new data keys. */
export function providerOf({ config, env }: Configured): KeyProvider {
  const { keys } = config;
  if (keys === 'file') return new FileKeys(config.data);
  return 'vault' in keys ? new VaultKeys(keys.vault, env) : new AwsKmsKeys(keys.aws_kms);
}

/** What opens batches, also those that were sealed under files before `keys` named something else. */
export function openerOf(context: Configured): Opener {
  const provider = providerOf(context);
  return createOpener(provider instanceof FileKeys ? [provider] : [provider, new FileKeys(context.config.data)]);
}

/** `makes`: tenants that have no key yet get one, where keys are files. */
export function sealsOf(context: Context, { makes }: { makes: boolean }): Seals {
  const provider = providerOf(context);
  if (makes && provider instanceof FileKeys) provider.make(context.tenants);
  return new SealingKeys({ provider, log: context.log });
}

/** Where the keys are kept that no verb here destroys; `undefined`: they are files. */
export function keeperOf({ config }: Pick<Context, 'config'>): string | undefined {
  if (config.keys === 'file') return undefined;
  return 'vault' in config.keys
    ? `Vault (${config.keys.vault.mount}/${config.keys.vault.key})`
    : `AWS KMS (${config.keys.aws_kms.key})`;
}
