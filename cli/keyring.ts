/** The keys that `keys` in cordon.yaml names: to seal with at the edge, to open with at the vault. */
import { createOpener, type Opener } from '../core/envelope.ts';
import type { Seals } from '../ingest/intake.ts';
import { FileKeys } from '../ingest/keys/file-keys.ts';
import type { KeyProvider } from '../ingest/keys/key-provider.ts';
import { SealingKeys } from '../ingest/keys/sealing-keys.ts';
import type { Context } from './context.ts';

type Configured = Pick<Context, 'config' | 'env'>;

/** What wraps new data keys. */
export function providerOf({ config }: Configured): KeyProvider {
  return new FileKeys(config.data);
}

/** What opens batches, also those that were sealed before `keys` was changed to something else than files. */
export function openerOf({ config }: Configured): Opener {
  return createOpener([new FileKeys(config.data)]);
}

/** `makes`: tenants that have no key yet get one. */
export function sealsOf(context: Context, { makes }: { makes: boolean }): Seals {
  const provider = providerOf(context);
  if (makes && provider instanceof FileKeys) provider.make(context.tenants);
  return new SealingKeys({ provider, log: context.log });
}
