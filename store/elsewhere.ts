/** Which clients are stored at a server of their own: kept in the data folder, so that a line lost from cordon.yaml moves nobody. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import type { ServerConfig } from '../core/store-config.ts';
import type { TenantId } from '../core/types.ts';
import { writeDurably } from '../core/write-whole.ts';

/** What it takes to reach a server that the configuration no longer names; passwords follow from the address. */
export type ServerAddress = Pick<ServerConfig, 'url' | 'ca_file' | 'cluster'>;

export const addressOf = ({ url, ca_file, cluster }: ServerAddress): ServerAddress => ({ url, ca_file, cluster });
const originOf = (url: string): string => new URL(url).origin;
export const isSameAddress = (one: ServerAddress | undefined, other: ServerAddress | undefined): boolean =>
  one === undefined || other === undefined ? one === other : originOf(one.url) === originOf(other.url);

const fileOf = (dataDir: string, tenant: TenantId): string => join(dataDir, 'elsewhere', tenant);

/** The address in the first line, for people; below it what else it takes. */
export function rememberElsewhere(dataDir: string, tenants: readonly TenantId[], server: ServerAddress): void {
  const text = `${originOf(server.url)}\n${JSON.stringify(addressOf(server))}\n`;
  for (const tenant of tenants) {
    const file = fileOf(dataDir, tenant);
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeDurably(file, text);
  }
}

export const forgetElsewhere = (dataDir: string, tenant: TenantId): void =>
  rmSync(fileOf(dataDir, tenant), { force: true });

/** Where this client is stored alone, as it was when the store was last opened to land. */
export function elsewhereOf(dataDir: string, tenant: TenantId): ServerAddress | undefined {
  const file = fileOf(dataDir, tenant);
  if (!existsSync(file)) return undefined;
  const [origin = '', more] = readFileSync(file, 'utf8').trim().split('\n');
  return more === undefined
    ? { url: origin, ca_file: undefined, cluster: undefined }
    : (JSON.parse(more) as ServerAddress);
}

/** `tenants`: those of the store of all clients. Throws STORE_REFUSED for one whose data is at a server of its own. */
export function refuseElsewhere(dataDir: string, tenants: readonly TenantId[]): void {
  const tenant = tenants.find((one) => existsSync(fileOf(dataDir, one)));
  if (tenant === undefined) return;
  throw new Fault(
    'STORE_REFUSED',
    `${tenant} is stored at ${originHere(dataDir, tenant)} alone, and \`tenants:\` does not name that server; name it again, bring the client here with \`cordon tenants move ${tenant}\`, or remove ${fileOf(dataDir, tenant)} when nothing of the client is there any more`,
    { tenant },
  );
}

const originHere = (dataDir: string, tenant: TenantId): string =>
  originOf(elsewhereOf(dataDir, tenant)?.url ?? 'http://nowhere.invalid');

/** Throws STORE_REFUSED for a client of this server whose data is at another one. */
export function refuseOtherServer(dataDir: string, tenants: readonly TenantId[], server: ServerAddress): void {
  const tenant = tenants.find((one) => {
    const known = elsewhereOf(dataDir, one);
    return known !== undefined && !isSameAddress(known, server);
  });
  if (tenant === undefined) return;
  throw new Fault(
    'STORE_REFUSED',
    `${tenant} is stored at ${originHere(dataDir, tenant)} alone, and \`tenants:\` names ${originOf(server.url)}; bring it there with \`cordon tenants move ${tenant}\`, or remove ${fileOf(dataDir, tenant)} if it is the same server under another name`,
    { tenant },
  );
}

/** `left`: clients of other servers with something in the store of all. It would be more than was promised to be there. */
export function refuseLeft(left: readonly TenantId[]): void {
  const [tenant] = left;
  if (tenant === undefined) return;
  throw new Fault(
    'STORE_REFUSED',
    `${tenant} is to be stored at a server of its own alone, and the store of all clients has data of it; \`cordon tenants move ${tenant}\` brings it there`,
    { tenant },
  );
}
