/** A firm in a folder whose clients' batches are landed straight into the store: what the vault's verbs are tried on. */
import { createPublicKey, hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SealedBatch } from '../../core/types.ts';
import type { Unsealed } from '../../ingest/attribute.ts';
import { batchRow, type Claim } from '../../ingest/batch-row.ts';
import type { Store } from '../../store/index.ts';
import { insert } from '../../store/insert.ts';
import { folder } from './folder.ts';
import { accessLines } from './plain.ts';
import { fixedKey } from './sealed.ts';
import type { Stream } from './stream.ts';

export interface VaultFirm extends Disposable {
  readonly path: string;
  readonly data: string;
  file(name: string): string;
  /** `clients`: id → what else the directory says of it, as YAML. */
  write(clients: Readonly<Record<string, string>>, config?: string): void;
}

export function vaultFirm(clients: Readonly<Record<string, string>>, config = '', collectors = ['fs1']): VaultFirm {
  const place = folder();
  const keys = place.file('data/keys/collectors');
  mkdirSync(keys, { recursive: true });
  for (const name of collectors)
    writeFileSync(
      join(keys, `${name}.pub.pem`),
      createPublicKey(fixedKey(name)).export({ type: 'spki', format: 'pem' }),
    );
  const firm: VaultFirm = {
    path: place.path,
    data: place.file('data'),
    file: place.file,
    write(named, settings = '') {
      writeFileSync(place.file('cordon.yaml'), `data: ./data\ndirectory: ./directory.yaml\nsources: {}\n${settings}`);
      const list = Object.entries(named).map(
        ([id, more]) => `  - { id: ${id}, name: N${id}, alias: C-${id}${more} }\n`,
      );
      writeFileSync(
        place.file('directory.yaml'),
        `firm: { name: F, time_zone: Europe/London, domains: [f.example] }\nclients: ${list.length > 0 ? `\n${list.join('')}` : '[]\n'}`,
      );
    },
    [Symbol.dispose]: () => place[Symbol.dispose](),
  };
  firm.write(clients, config);
  return firm;
}

/** The next batch of a stream: accesses that each carry the hash of their own record. */
export function honestBatch(
  stream: Stream,
  given: number | readonly Unsealed[] = 7,
  over: Partial<Unsealed> = {},
): SealedBatch {
  const chosen = typeof given === 'number' ? Array.from({ length: given }, () => stream.access(over)) : given;
  const accesses = chosen.map((access) => {
    return { ...access, records_sha256: hash('sha256', `record of ${access.id}`, 'hex') };
  });
  return stream.next(accesses);
}

/** As one merge of one client's. `claim`: which; without, as a restored backup has them. */
export async function landAll(
  store: Store,
  batches: readonly SealedBatch[],
  signal: AbortSignal,
  claim?: Claim,
): Promise<void> {
  await landBatches(store, batches, signal, claim);
  await landAccesses(store, batches, signal);
}

const tokenOf = ([first]: readonly SealedBatch[]): string => `${first?.header.collector} ${first?.header.seq}`;
const landerOf = (store: Store, [first]: readonly SealedBatch[]) => first && store.client('land', first.header.tenant);

/** The first half of a merge. */
export async function landBatches(
  store: Store,
  batches: readonly SealedBatch[],
  signal: AbortSignal,
  claim?: Claim,
): Promise<void> {
  const client = landerOf(store, batches);
  const rows = batches.flatMap((batch) => batchRow(batch, claim));
  if (client) await insert(client, 'batches', rows, tokenOf(batches), signal);
}

/** And the second. */
export async function landAccesses(store: Store, batches: readonly SealedBatch[], signal: AbortSignal): Promise<void> {
  const client = landerOf(store, batches);
  if (client) await insert(client, 'accesses', batches.map(accessLines), tokenOf(batches), signal);
}
