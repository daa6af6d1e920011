/** Where clients' data is to lie, by the directory, against where the configuration puts it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../core/config.ts';
import type { Directory } from '../core/directory/directory.ts';
import { fail, readDocument } from '../core/document.ts';
import { nearest } from '../core/nearest.ts';
import type { TenantId } from '../core/types.ts';

/** Throws CONFIG_INVALID for a region that is not the directory's, and for an endpoint of a client that nobody knows. */
export function checkEndpoints(config: Config, directory: Directory): void {
  const problems = [...strangers(config, directory), ...otherRegions(config, directory)];
  if (problems.length === 0) return;
  const document = readDocument(config.file, 'CONFIG_INVALID');
  fail(
    'CONFIG_INVALID',
    problems.map(({ path, what }) => `${document.where(path)}: ${path.join('.')}: ${what}`),
  );
}

interface Problem {
  readonly path: readonly string[];
  readonly what: string;
}

/** A misspelt one would leave the client's data where all others' is. One that left is known by its key until it is destroyed. */
function strangers({ tenants, data }: Config, { clients }: Directory): Problem[] {
  const isKnown = (tenant: TenantId) =>
    clients.has(tenant) ||
    existsSync(join(data, 'keys', 'tenants', `${tenant}.key`)) ||
    existsSync(join(data, 'receipts', `${tenant}.pending`));
  return [...tenants.keys()]
    .filter((tenant) => !isKnown(tenant))
    .map((tenant) => {
      const near = nearest(tenant, [...clients.keys()]);
      const hint = near ? `; did you mean \`${near}\`?` : '';
      return { path: ['tenants', tenant], what: `the directory has no client \`${tenant}\`${hint}` };
    });
}

function otherRegions({ tenants, store, bus, directory: file }: Config, { clients }: Directory): Problem[] {
  const shared = store === 'embedded' ? undefined : store.region;
  return [...clients.values()].flatMap(({ id, region }) => {
    if (region === undefined) return [];
    const own = tenants.get(id);
    const differs = (path: readonly string[], says: string | undefined): Problem[] =>
      says === undefined || says === region
        ? []
        : [{ path, what: `is \`${says}\`, and ${id} belongs in \`${region}\` (region of the client in ${file})` }];
    return [
      ...differs(['tenants', id, 'region'], own?.region),
      ...(own?.store ? [] : differs(['store', 'region'], shared)),
      ...(own?.kafka || bus === 'local' ? [] : differs(['bus', 'kafka', 'region'], bus.kafka.region)),
    ];
  });
}
