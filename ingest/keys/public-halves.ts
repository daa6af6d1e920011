/** Carries the public halves of tenants' keys from one folder to another: from the vault to a medium, and from there to an edge. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Fault } from '../../core/errors.ts';
import type { TenantId } from '../../core/types.ts';
import { publicMode, writeDurably } from '../../core/write-whole.ts';
import { sealingKeyFiles, tenantsWithKeys } from './file-keys.ts';
import { sealingPublicKey } from './x25519-box.ts';

/**
 * What is there already stays. Throws NOT_FOUND for a folder without any, USAGE for one with something private in it, or
 * with another key than is known for the same generation; then nothing was copied.
 */
export function copyPublicHalves(
  from: string,
  to: string,
  only: readonly TenantId[] | undefined,
): { readonly tenants: number; readonly copied: number } {
  const tenants = only ?? tenantsWithKeys(from);
  const files = tenants.flatMap((tenant) => sealingKeyFiles(from, tenant).map(({ file }) => file));
  if (files.length === 0) throw new Fault('NOT_FOUND', `there are no public halves of clients' keys in ${from}`);
  if (only === undefined) refusePrivate(from);
  const fresh = files.filter((file) => {
    const key = sealingPublicKey(file);
    const there = join(to, relative(from, file));
    if (!existsSync(there)) return true;
    if (sealingPublicKey(there).equals(key)) return false;
    throw new Fault('USAGE', `${there} is another key than ${file}: find out which is the vault's before you go on`);
  });
  for (const file of fresh) {
    const there = join(to, relative(from, file));
    // Whole or not there: an edge that runs looks for it all the time.
    writeDurably(there, readFileSync(file, 'utf8'), publicMode);
  }
  return { tenants: tenants.length, copied: fresh.length };
}

/** Somebody may have copied the vault's own folder; then an edge could read what it seals. */
function refusePrivate(folder: string): void {
  const wrong = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
    (name) => name.endsWith('.pem') && !name.endsWith('.pub.pem'),
  );
  if (wrong !== undefined)
    throw new Fault(
      'USAGE',
      `${join(folder, wrong)} is a private half and must not leave the vault; carry what \`cordon keys export-tenants\` wrote`,
    );
}
