/**
 * How many bytes an access is while it travels, by how many share a batch: as a message at the brokers (value, key and headers) and as an
 * entry of the spool, and then in the store's table of batches, with its own indexes. `npx tsx bench/sizes.ts [collector=FILE…]` prints
 * one JSON line a collector; without files, of made records.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { wireHeaders } from '../core/batch.ts';
import { createLog } from '../core/log.ts';
import { type SealedBatch, type TenantId, tenantId } from '../core/types.ts';
import { batchRow } from '../ingest/batch-row.ts';
import { type Collector, noSettings } from '../ingest/collector.ts';
import { collectors } from '../ingest/collectors/index.ts';
import { encodeBatch } from '../ingest/spool-entry.ts';
import { openStore } from '../store/index.ts';
import { storeLanding } from '../store/landing.ts';
import { openSecrets } from '../store/secrets.ts';
import { bytesFor, filesFrom, seenAt } from './samples.ts';
import { benchSealing } from './sealing.ts';

const bytesMax = 4 * 1024 * 1024;
/** Records taken at a time; nobody's client, so that each time makes one batch. */
const shares = [1, 10, 100, 1_000] as const;
const { signal } = new AbortController();
const { folder, intakeOf } = benchSealing();

async function batchesOf(collector: Collector, bytes: Buffer, share: number): Promise<SealedBatch[]> {
  const batches: SealedBatch[] = [];
  const intake = intakeOf(collector, 'none', (sealed) => void batches.push(...sealed));
  const framer = collector.framing(noSettings)(0);
  const frames = [...framer.push(bytes), ...framer.end()];
  for (let from = 0; from < frames.length; from += share) {
    intake.take(frames.slice(from, from + share), 'bench', () => seenAt);
    await intake.ready(signal);
    intake.flush(undefined);
  }
  return batches;
}

const messageBytes = (batch: SealedBatch): number =>
  batch.value.length +
  batch.header.collector.length +
  Object.entries(wireHeaders(batch)).reduce((sum, [name, value]) => sum + name.length + value.length, 0);

/** A client for each measure: what lies on its encrypted disk is this insert and nothing else. */
const clientOf = (collector: Collector, share: number): TenantId =>
  tenantId(`${collector.name.replace('-', '_')}_${share}`);

/** Of all files under a folder. */
function bytesUnder(path: string): number {
  const inside = readdirSync(path, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return sum(inside.map((entry) => statSync(join(entry.parentPath, entry.name)).size));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const files = filesFrom(process.argv.slice(2));
const dataDir = join(folder, 'data');
await using store = await openStore({
  config: { store: 'embedded' },
  dataDir,
  tenants: collectors.flatMap((collector) => shares.map((share) => clientOf(collector, share))),
  log: createLog('silent'),
  signal,
  mode: 'own',
});
const landing = storeLanding(store);
const secrets = openSecrets(dataDir);
for (const collector of collectors) {
  const bytes = bytesFor(collector, files).subarray(0, bytesMax);
  const sizes = [];
  for (const share of shares) {
    const batches = await batchesOf(collector, bytes, share);
    const accesses = sum(batches.map(({ header }) => header.count));
    const client = clientOf(collector, share);
    const disk = join(dataDir, 'clickhouse/data/tenants', secrets.diskOf(client));
    const before = bytesUnder(disk);
    const rows = batches.flatMap((batch, seq) => batchRow({ ...batch, header: { ...batch.header, seq } }));
    await landing.insert(client, 'batches', rows, 'one', signal);
    sizes.push({
      perBatch: Math.round((accesses / batches.length) * 10) / 10,
      message: Math.round(sum(batches.map(messageBytes)) / accesses),
      stored: Math.round((bytesUnder(disk) - before) / accesses),
      spooled: Math.round(sum(batches.map((batch) => encodeBatch(batch).length)) / accesses),
    });
  }
  process.stdout.write(`${JSON.stringify({ collector: collector.name, bytes: bytes.length, sizes })}\n`);
}
