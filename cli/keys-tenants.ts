/** `cordon keys rotate`, `export-tenants`, `import-tenants`: the keys that the clients' batches are sealed under. */
import { resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import { FileKeys } from '../ingest/keys/file-keys.ts';
import { copyPublicHalves } from '../ingest/keys/public-halves.ts';
import type { Io } from './command.ts';
import { type Context, tenantNamed } from './context.ts';
import { providerOf } from './keyring.ts';
import type { Said } from './keys-collectors.ts';

export async function rotateTenants(
  context: Context,
  { tenant, all, json }: { tenant?: string | undefined; all?: boolean | undefined; json?: boolean | undefined },
  io: Io,
): Promise<undefined> {
  if ((tenant === undefined) === (all !== true))
    throw new Fault('USAGE', 'write `cordon keys rotate --tenant CLIENT`, or `--all`');
  const provider = providerOf(context);
  const chosen = tenant === undefined ? context.tenants : [tenantNamed(context, tenant)];
  for (const one of chosen) {
    const key = await provider.rotate(one, io.signal);
    io.out.write(json === true ? `${JSON.stringify({ tenant: one, key })}\n` : `${one}: ${key}\n`);
  }
  const next =
    provider instanceof FileKeys && context.config.bus !== 'local'
      ? ' Now carry the public halves to the edges: cordon keys export-tenants.'
      : '';
  io.err.write(`What is sealed from now on is sealed under the new keys; the old ones stay to read with.${next}\n`);
  return undefined;
}

export function exportTenants(context: Context, out: string | undefined, io: Io): Said {
  if (out === undefined) throw new Fault('USAGE', 'say where to with --out FOLDER');
  const own = ownKeys(context);
  own.make(context.tenants);
  const folder = resolve(io.cwd, out);
  const { tenants, copied } = copyPublicHalves(own.folder, folder, context.tenants);
  return {
    json: { folder, clients: tenants, fresh: copied },
    says: `${copied} public halves of ${tenants} clients are new in ${folder}; they seal, and open nothing\n`,
  };
}

export function importTenants(context: Context, from: string | undefined, io: Io): Said {
  if (from === undefined) throw new Fault('USAGE', 'name the folder that `cordon keys export-tenants` wrote');
  const own = ownKeys(context);
  const { tenants, copied } = copyPublicHalves(resolve(io.cwd, from), own.folder, undefined);
  const missing = context.tenants.filter((tenant: TenantId) => own.newest(tenant) === undefined);
  const waiting =
    missing.length === 0
      ? ''
      : `${missing.length} clients have none yet, so their records wait: ${missing.slice(0, 20).join(', ')}\n`;
  return {
    json: { clients: tenants, fresh: copied, missing },
    says: `${copied} public halves of ${tenants} clients are new here; what runs uses them within 10 seconds\n${waiting}`,
  };
}

function ownKeys(context: Context): FileKeys {
  const provider = providerOf(context);
  if (provider instanceof FileKeys) return provider;
  throw new Fault('USAGE', `the clients' keys are not files: \`keys\` in ${context.config.file} says where they are`);
}
