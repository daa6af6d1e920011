/** What a server of one's own has to be told in a file, for no statement can: keys, and what the walls between clients rest on. */
import { accessXml, diskStorageXml, partsXml } from '../disks.ts';
import type { StoreUser } from '../users.ts';
import { profilesXml, quotasXml, userXml } from '../users-xml.ts';

export interface KeyedDisk {
  readonly name: string;
  readonly keyHex: string;
}

/** The server makes its disk `default` after those of its files, unless a file names it before them. */
const announced = '<default><keep_free_space_bytes>0</keep_free_space_bytes></default>';

/** A file for `config.d/`, which the server reads again when it changes. It holds every key: readable by the server alone. */
export function serverFragment(disks: readonly KeyedDisk[], beneath: string): string {
  const keyed = disks.map(({ name, keyHex }) => ({ name, key: `<key_hex>${keyHex}</key_hex>` }));
  return `<clickhouse>
${accessXml}
${partsXml}
${diskStorageXml(keyed, beneath, 'cordon/', beneath === 'default' ? announced : '')}
</clickhouse>
`;
}

/**
 * A file of users for a server that takes them from files: for its `users.d/`, read again when it changes. It holds digests of
 * passwords. From any address: who can reach the server at all is its network's to say.
 */
export function usersFragment(users: readonly StoreUser[], passwordOf: (user: string) => string): string {
  return `<clickhouse><profiles>${profilesXml()}</profiles>
<quotas>${quotasXml()}</quotas>
<users>${users.map((user) => userXml(user, passwordOf(user.name), '::/0')).join('\n')}</users></clickhouse>
`;
}
