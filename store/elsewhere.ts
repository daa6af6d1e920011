/** Which clients are stored at a server of their own: kept in the data folder, so that a line lost from cordon.yaml moves nobody. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';

const folderOf = (dataDir: string): string => join(dataDir, 'elsewhere');
const fileOf = (dataDir: string, tenant: TenantId): string => join(folderOf(dataDir), tenant);

export function rememberElsewhere(dataDir: string, tenants: readonly TenantId[], url: string): void {
  mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 });
  for (const tenant of tenants) writeFileSync(fileOf(dataDir, tenant), `${new URL(url).origin}\n`, { mode: 0o600 });
}

export const forgetElsewhere = (dataDir: string, tenant: TenantId): void =>
  rmSync(fileOf(dataDir, tenant), { force: true });

/** `tenants`: those of the store of all clients. Throws STORE_REFUSED for one whose data is at a server of its own. */
export function refuseElsewhere(dataDir: string, tenants: readonly TenantId[]): void {
  const tenant = tenants.find((one) => existsSync(fileOf(dataDir, one)));
  if (tenant === undefined) return;
  const file = fileOf(dataDir, tenant);
  throw new Fault(
    'STORE_REFUSED',
    `${tenant} is stored at ${readFileSync(file, 'utf8').trim()} alone, and \`tenants:\` does not name that server; name it again, or remove ${file} when nothing of the client is there any more`,
    { tenant },
  );
}

/** `left`: clients of other servers with something in the store of all. It would be more than was promised to be there. */
export function refuseLeft(left: readonly TenantId[]): void {
  const [tenant] = left;
  if (tenant === undefined) return;
  throw new Fault(
    'STORE_REFUSED',
    `${tenant} is to be stored at a server of its own alone, and the store of all clients has data of it; see “A server of the client's own” in docs/vault.md`,
    { tenant },
  );
}
