/** What is stored, read in order of days: each client as its own judge, several clients at a time. */
import type { JudgedAccess } from '../core/scene.ts';
import type { TenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { countDays, type DayCount } from '../store/queries/judge-accesses.ts';
import type { Context } from './context.ts';
import { accessesToJudge } from './sigma-records.ts';

export const dayMs = 86_400_000;
/** Accesses held in memory at a time; a single day may be more. */
const chunkAccessesMax = 250_000;
/** Clients read at the same time. */
const readersMax = 4;

/** All that the store can hold. */
const always = { from: 0, until: Date.UTC(2299, 0, 1) };

/** One day of all clients: the distinct accesses of each that has any, and the last arrival. */
export interface StoredDay {
  readonly day: number;
  readonly accesses: ReadonlyMap<string, number>;
  readonly seenUntil: number;
}

/** Runs `work` for each client, several at a time. */
export async function forEachClient(
  tenants: readonly TenantId[],
  work: (tenant: TenantId) => Promise<void>,
): Promise<void> {
  const queue = tenants.values();
  const worker = async () => {
    for (const tenant of queue) await work(tenant);
  };
  await Promise.all(Array.from({ length: readersMax }, worker));
}

/** Every day that has accesses, earliest first. */
export async function storedDays(store: Store, signal: AbortSignal): Promise<StoredDay[]> {
  const days = new Map<number, { day: number; accesses: Map<string, number>; seenUntil: number }>();
  const add = (tenant: TenantId, { day, accesses, seenUntil }: DayCount) => {
    const one = days.get(day) ?? { day, accesses: new Map<string, number>(), seenUntil: 0 };
    days.set(day, one);
    one.accesses.set(tenant, accesses);
    one.seenUntil = Math.max(one.seenUntil, seenUntil);
  };
  await forEachClient(store.tenants, async (tenant) => {
    for (const count of await countDays(store.client('judge', tenant), always, signal)) add(tenant, count);
  });
  return [...days.values()].sort((a, b) => a.day - b.day);
}

export const accessesOf = ({ accesses }: StoredDay): number => [...accesses.values()].reduce((sum, n) => sum + n, 0);

/** Neighbouring days together, as many as fit. */
export function chunksOf(days: readonly StoredDay[]): StoredDay[][] {
  const chunks: StoredDay[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const day of days) {
    const more = accessesOf(day);
    const last = chunks[chunks.length - 1];
    if (last && size + more <= chunkAccessesMax) {
      last.push(day);
      size += more;
    } else {
      chunks.push([day]);
      size = more;
    }
  }
  return chunks;
}

/** The accesses of a chunk by day. What landed after the days were counted is among them. */
export async function readChunk(
  context: Context,
  store: Store,
  chunk: readonly StoredDay[],
  signal: AbortSignal,
): Promise<Map<number, JudgedAccess[]>> {
  const byDay = new Map<number, JudgedAccess[]>(chunk.map(({ day }) => [day, []]));
  const range = { from: (chunk[0]?.day ?? 0) * dayMs, until: ((chunk[chunk.length - 1]?.day ?? 0) + 1) * dayMs };
  await forEachClient(store.tenants, async (tenant) => {
    for await (const accesses of accessesToJudge(context, store, tenant, range, signal)) {
      for (const access of accesses) byDay.get(Math.floor(access.at / dayMs))?.push(access);
    }
  });
  return byDay;
}
