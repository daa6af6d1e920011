/**
 * Which clients the spread knows wholly: those of which nothing has landed since it was counted. Only for them may it
 * say that an actor did not come there; every other client is asked itself.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantId } from '../core/types.ts';
import { LandLog } from '../ingest/land-log.ts';

/** For each client the next number of each of its streams. */
export type Heads = Readonly<Record<string, Readonly<Record<string, number>>>>;

const fileOf = (dataDir: string): string => join(dataDir, 'spread-heads.json');

export async function landedHeads(dataDir: string): Promise<Heads> {
  if (!existsSync(join(dataDir, 'land'))) return {};
  await using landLog = new LandLog(dataDir);
  return landLog.heads();
}

/** `heads` are those from before the counting began, so that what landed meanwhile is not taken for counted. */
export function saveCounted(dataDir: string, heads: Heads): void {
  const file = fileOf(dataDir);
  writeFileSync(`${file}.new`, JSON.stringify(heads), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The clients whose streams stand where they stood when they were counted. */
export async function whollyCounted(dataDir: string): Promise<ReadonlySet<TenantId>> {
  const file = fileOf(dataDir);
  if (!existsSync(file)) return new Set();
  const counted = JSON.parse(readFileSync(file, 'utf8')) as Heads;
  const landed = await landedHeads(dataDir);
  const same = Object.entries(landed).filter(([tenant, streams]) =>
    Object.entries(streams).every(([collector, seq]) => counted[tenant]?.[collector] === seq),
  );
  return new Set(same.map(([tenant]) => tenant as TenantId));
}
