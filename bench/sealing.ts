/** What turns a bench's records into sealed batches: the product's own parts, with keys of a folder that is gone afterwards, and no spool. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstPrev } from '../core/batch.ts';
import { createAttributor } from '../core/directory/attributor.ts';
import { createLog } from '../core/log.ts';
import { type SealedBatch, unattributed } from '../core/types.ts';
import { type Collector, noSettings } from '../ingest/collector.ts';
import { nowhere } from '../ingest/geo.ts';
import { Intake } from '../ingest/intake.ts';
import { FileKeys } from '../ingest/keys/file-keys.ts';
import { SealingKeys } from '../ingest/keys/sealing-keys.ts';
import { noCounts } from '../ingest/source-counts.ts';
import { benchDirectory } from './samples.ts';

export interface BenchSealing {
  /** Gone when the process ends. */
  readonly folder: string;
  readonly keys: FileKeys;
  /** `attributedAs`: the name by which the directory knows the source; by one it does not know, all is nobody's. */
  intakeOf(collector: Collector, attributedAs: string, keep: (batches: readonly SealedBatch[]) => void): Intake;
}

export function benchSealing(): BenchSealing {
  const signingKey = generateKeyPairSync('ed25519').privateKey;
  const directory = benchDirectory();
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const keys = new FileKeys(folder);
  keys.make([...directory.clients.keys(), unattributed]);
  const seals = new SealingKeys({ provider: keys, log: createLog('silent') });
  return {
    folder,
    keys,
    intakeOf: (collector, attributedAs, keep) =>
      new Intake({
        source: collector.name,
        parser: collector.open(noSettings),
        attribution: createAttributor(directory, {
          name: attributedAs,
          collector: attributedAs,
          caseless: collector.caseless,
        }),
        countryOf: nowhere,
        key: () => signingKey,
        seals,
        spool: {
          head: () => ({ seq: 0, prev: firstPrev }),
          knows: () => false,
          countsOf: () => noCounts,
          numbers: () => [],
          commit: ({ batches }) => keep(batches),
        },
      }),
  };
}
