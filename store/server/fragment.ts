/** What a server of one's own has to be told in a file, for no statement can: keys, and what the walls between clients rest on. */
import { accessXml, diskStorageXml, partsXml } from '../disks.ts';

export interface KeyedDisk {
  readonly name: string;
  readonly keyHex: string;
}

/** A file for `config.d/`, which the server reads again when it changes. It holds every key: readable by the server alone. */
export function serverFragment(disks: readonly KeyedDisk[], beneath: string): string {
  const keyed = disks.map(({ name, keyHex }) => ({ name, key: `<key_hex>${keyHex}</key_hex>` }));
  return `<clickhouse>
${accessXml}
${partsXml}
${diskStorageXml(keyed, beneath, 'cordon/')}
</clickhouse>
`;
}
