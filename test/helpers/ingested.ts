/** What an import left behind, read past everything that folds repeats away: rows, sealed records, rejects. */
import { existsSync } from 'node:fs';
import { checkRoot, rawRecords } from '../../core/batch.ts';
import { createOpener, type Opener } from '../../core/envelope.ts';
import { createLog } from '../../core/log.ts';
import { tenantId } from '../../core/types.ts';
import { FileKeys } from '../../ingest/keys/file-keys.ts';
import { Spool } from '../../ingest/spool.ts';
import { openStore, type Store } from '../../store/index.ts';
import { sealedBatches } from '../../store/sealed-batches.ts';
import type { SourceName } from './firm.ts';
import { tenants } from './firm.ts';
import { rowsOf } from './vault.ts';

export interface Ingested {
  /** For each source the records of its accesses, sorted, as often as they lie in the store. */
  readonly records: Readonly<Record<string, string[]>>;
  readonly rejects: Readonly<Record<string, string[]>>;
  /** Accesses per tenant. */
  readonly accesses: Readonly<Record<string, number>>;
  /** Batches whose row in the store is not there exactly once, or whose accesses are not all there. */
  readonly odd: readonly string[];
}

interface Row {
  readonly collector: string;
  readonly seq: number;
  readonly index: number;
}

async function ofTenant(
  { store, opener }: { store: Store; opener: Opener },
  tenant: string,
  into: { records: Record<string, string[]>; odd: string[] },
) {
  const signal = AbortSignal.timeout(120_000);
  const id = tenantId(tenant);
  const rows = await rowsOf<Row>(store, 'SELECT collector, seq, "index" FROM accesses', id);
  const batches = await rowsOf<{ collector: string; seq: number; count: number }>(
    store,
    'SELECT collector, seq, "count" FROM batches ORDER BY collector, seq',
    id,
  );
  const times = new Map<string, number>();
  for (const { collector, seq } of batches) {
    const name = `${collector}/${tenant}/${seq}`;
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  for (const [name, count] of times) if (count !== 1) into.odd.push(`${name} is there ${count} times`);
  const opened = new Map<string, Buffer[][]>();
  for (const { collector, seq } of batches) {
    const [found] = await sealedBatches(store.client('read', id), id, [{ collector, seq: Number(seq) }], signal);
    if (!found) throw new Error('a batch is gone');
    const batch = await opener.open(found, signal);
    checkRoot(batch);
    opened.set(`${collector} ${seq}`, rawRecords(batch));
  }
  const seen = new Set<string>();
  for (const { collector, seq, index } of rows) {
    const records = opened.get(`${collector} ${seq}`)?.[Number(index)];
    if (!records) into.odd.push(`${collector}/${tenant}/${seq} has a row ${index} and no record for it`);
    into.records[collector] = [...(into.records[collector] ?? []), ...(records ?? []).map(String)];
    seen.add(`${collector} ${seq} ${index}`);
  }
  const sealed = [...opened.values()].reduce((sum, each) => sum + each.length, 0);
  if (sealed !== seen.size) into.odd.push(`${tenant} has ${seen.size} rows of ${sealed} sealed accesses`);
  return rows.length;
}

/** The data folder must be nobody's. */
export async function ingestedIn(dataDir: string): Promise<Ingested> {
  if (!existsSync(dataDir)) throw new Error('nothing was imported');
  const into = { records: {} as Record<string, string[]>, odd: [] as string[] };
  const accesses: Record<string, number> = {};
  {
    const opener = createOpener([new FileKeys(dataDir)]);
    await using store = await openStore({
      config: { store: 'embedded' },
      dataDir,
      tenants: tenants.map(tenantId),
      log: createLog('silent'),
      signal: AbortSignal.timeout(120_000),
      mode: 'own',
    });
    for (const tenant of tenants) accesses[tenant] = await ofTenant({ store, opener }, tenant, into);
  }
  await using spool = new Spool(dataDir);
  const rejects: Record<string, string[]> = {};
  for (const reject of spool.rejects()) {
    const { source } = reject;
    const text = 'raw' in reject ? reject.raw.toString('latin1') : `sealed for ${reject.key}`;
    rejects[source] = [...(rejects[source] ?? []), text];
  }
  const waiting = [...spool.waiting(0, 9)].length;
  if (waiting > 0) into.odd.push(`${waiting} batches wait in the spool`);
  for (const list of [...Object.values(into.records), ...Object.values(rejects)]) list.sort();
  return { records: into.records, rejects, accesses, odd: into.odd };
}

/** The same shape, as it should be. */
export const expectedOf = (
  logs: Readonly<Record<SourceName, { readonly good: readonly string[]; readonly broken: readonly Buffer[] }>>,
) => ({
  records: Object.fromEntries(Object.entries(logs).map(([name, { good }]) => [name, [...good].sort()])),
  rejects: Object.fromEntries(
    Object.entries(logs).map(([name, { broken }]) => [name, broken.map((raw) => raw.toString('latin1')).sort()]),
  ),
  odd: [],
});
