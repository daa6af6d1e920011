/**
 * Which clients the spread knows wholly: those of which nothing has landed since it was counted. Only for them may it
 * say that an actor did not come there; every other client is asked itself. Where one process alone lands, its land log says how
 * far each stream is; where several do, the store says how much there is, and keeps how much of it was counted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant, TenantId } from '../core/types.ts';
import { writePrivately } from '../core/write-whole.ts';
import { LandLog } from '../ingest/land-log.ts';
import type { Store } from '../store/index.ts';
import { keptOf, saveKept } from '../store/queries/kept.ts';
import type { Size } from '../store/tenants.ts';
import { type Context, landsAlone } from './context.ts';

/** For each client the next number of each of its streams. */
export type Heads = Readonly<Record<string, Readonly<Record<string, number>>>>;

const fileOf = (dataDir: string): string => join(dataDir, 'spread-heads.json');

async function landedHeads(dataDir: string): Promise<Heads> {
  if (!existsSync(join(dataDir, 'land'))) return {};
  await using landLog = new LandLog(dataDir);
  return landLog.heads();
}

/** `heads` are those from before the counting began, so that what landed meanwhile is not taken for counted. */
export function saveCounted(dataDir: string, heads: Heads): void {
  writePrivately(fileOf(dataDir), JSON.stringify(heads));
}

/** To be called before all that is stored is counted; what it returns, after that. */
export async function countingAll({ config }: Pick<Context, 'config'>, store: Store, signal: AbortSignal) {
  if (landsAlone({ config })) {
    const heads = await landedHeads(config.data);
    return async () => saveCounted(config.data, heads);
  }
  const sizes = await store.tables.sizes(signal);
  return () => new CountedSizes(store).save(sizes, signal);
}

/** Keeps in the store how much of each client is counted. */
export class CountedSizes {
  readonly #store: Store;
  readonly #now: () => Instant;
  readonly #saved = new Map<TenantId, string>();

  constructor(store: Store, now: () => Instant = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  async save(sizes: ReadonlyMap<TenantId, Size>, signal: AbortSignal): Promise<void> {
    const marks = [...sizes].map(([tenant, size]) => [tenant, markOf(size)] as const);
    const changed = new Map(marks.filter(([tenant, mark]) => this.#saved.get(tenant) !== mark));
    await saveKept(this.#store.firm('judge'), 'counted', changed, this.#now(), signal);
    for (const [tenant, mark] of changed) this.#saved.set(tenant, mark);
  }
}

/** Rows only come, or go by retention: both numbers the same again by chance would take as many of each between two ticks of the judge. */
const markOf = ({ batches, accesses }: Size): string => `${batches}/${accesses}`;

/** The clients of which nothing has landed since they were counted. */
export async function whollyCounted(
  { config }: Pick<Context, 'config'>,
  store: Store,
  signal: AbortSignal,
): Promise<ReadonlySet<TenantId>> {
  if (landsAlone({ config })) return standingStill(config.data);
  const counted = await keptOf(store.firm('read'), 'counted', signal);
  const sizes = await store.tables.sizes(signal);
  return new Set([...sizes].flatMap(([tenant, size]) => (counted.get(tenant) === markOf(size) ? [tenant] : [])));
}

async function standingStill(dataDir: string): Promise<ReadonlySet<TenantId>> {
  const file = fileOf(dataDir);
  if (!existsSync(file)) return new Set();
  const counted = JSON.parse(readFileSync(file, 'utf8')) as Heads;
  const landed = await landedHeads(dataDir);
  const same = Object.entries(landed).filter(([tenant, streams]) =>
    Object.entries(streams).every(([collector, seq]) => counted[tenant]?.[collector] === seq),
  );
  return new Set(same.map(([tenant]) => tenant as TenantId));
}
