/**
 * What a vault's store holds, asked as its clients' readers while everything goes on, past all that folds repeats away.
 * Speaks HTTP itself: a reader of the product's own would start a store where it finds none, and stand in the way.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tenantId } from '../../../core/types.ts';
import { isListening, readEndpoint } from '../../../store/embedded/endpoint.ts';
import { openSecrets } from '../../../store/secrets.ts';
import { tenantUser } from '../../../store/users.ts';

/** Longer than a server hangs in a short form: one question at a time waits for it. */
const answerMsMax = 15_000;
const pollMs = 150;
const restMsMax = 700;

export interface Counts {
  /** Different accesses. */
  readonly accesses: number;
  /** Rows of an access that is there already. */
  readonly doubled: number;
  readonly batches: number;
  readonly doubledBatches: number;
}

export type Ask = (tenant: string, sql: string) => Promise<readonly Record<string, unknown>[] | undefined>;

/** `undefined`: nobody answers just now. */
export function askIn(dataDir: string): Ask {
  return async (tenant, sql) => {
    const endpoint = readEndpoint(join(dataDir, 'clickhouse'));
    if (!endpoint || !isListening(endpoint)) return undefined;
    const secrets = openSecrets(dataDir);
    const user = tenantUser('read', tenantId(tenant));
    try {
      const answer = await fetch(
        `http://127.0.0.1:${endpoint.port}/?database=${secrets.databaseOf(tenantId(tenant))}&default_format=JSONEachRow`,
        {
          method: 'POST',
          body: sql,
          headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': secrets.passwordOf(user) },
          signal: AbortSignal.timeout(answerMsMax),
        },
      );
      if (!answer.ok) return undefined;
      const text = await answer.text();
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    } catch {
      return undefined;
    }
  };
}

/** Rows of all sources, whatever is doubled: a question that costs next to nothing however much is stored. */
export async function rowsOf(ask: Ask, tenants: readonly string[]): Promise<number | undefined> {
  let sum = 0;
  for (const tenant of tenants) {
    const [row] = (await ask(tenant, 'SELECT count() AS n FROM accesses')) ?? [];
    if (!row) return undefined;
    sum += Number(row['n']);
  }
  return sum;
}

/** Whether somebody sees an access of this object. */
export async function isStored(ask: Ask, tenant: string, object: string): Promise<boolean> {
  const [row] = (await ask(tenant, `SELECT count() AS n FROM accesses WHERE object = '${object}'`)) ?? [];
  return Number(row?.['n'] ?? 0) > 0;
}

/** Of the source of that name, or of all. */
export async function countsOf(ask: Ask, tenants: readonly string[], source?: string): Promise<Counts | undefined> {
  let sum: Counts = { accesses: 0, doubled: 0, batches: 0, doubledBatches: 0 };
  for (const tenant of tenants) {
    const where = source === undefined ? '' : `WHERE collector = '${source}'`;
    const [a] = (await ask(tenant, `SELECT count() AS n, uniqExact(id) AS u FROM accesses ${where}`)) ?? [];
    const [b] = (await ask(tenant, `SELECT count() AS n, uniqExact(collector, seq) AS u FROM batches ${where}`)) ?? [];
    if (!a || !b) return undefined;
    const [rows, ids, batches, seqs] = [a['n'], a['u'], b['n'], b['u']].map(Number) as [number, number, number, number];
    sum = {
      accesses: sum.accesses + ids,
      doubled: sum.doubled + rows - ids,
      batches: sum.batches + seqs,
      doubledBatches: sum.doubledBatches + batches - seqs,
    };
  }
  return sum;
}

/** Looks again and again. `worst` is what was doubled most at any moment since `begin`, `looks` how often somebody answered. */
export class Watch implements AsyncDisposable {
  readonly #counts: () => Promise<Counts | undefined>;
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;
  looks = 0;
  last: Counts | undefined;
  lastAt = 0;
  worst = { rows: 0, batches: 0 };
  #base = { rows: 0, batches: 0 };

  constructor(counts: () => Promise<Counts | undefined>) {
    this.#counts = counts;
    this.#looking = this.#look();
  }

  begin(): void {
    const { doubled = 0, doubledBatches = 0 } = this.last ?? {};
    this.#base = { rows: doubled, batches: doubledBatches };
    this.worst = { rows: 0, batches: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const begun = performance.now();
      const counts = await this.#counts();
      if (counts) {
        this.looks += 1;
        this.last = counts;
        this.lastAt = performance.now();
        this.worst = {
          rows: Math.max(this.worst.rows, counts.doubled - this.#base.rows),
          batches: Math.max(this.worst.batches, counts.doubledBatches - this.#base.batches),
        };
      }
      // Seldom where an answer takes long: what is watched should not be the watching.
      const restMs = Math.min(restMsMax, Math.max(pollMs, 4 * (performance.now() - begun)));
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
