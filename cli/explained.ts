/** `cordon explained`: how much of what is stored some fact explains, per client and per source, then and now. */
import { type Explainer, strongFrom } from '../core/explain.ts';
import type { JudgedAccess } from '../core/scene.ts';
import { type Instant, unattributed } from '../core/types.ts';
import { judgeAccesses } from '../store/queries/judge-accesses.ts';
import { command } from './command.ts';
import { loadContext, storeOf } from './context.ts';
import { explainerOf } from './judging.ts';
import { rangeOf, rangeOptions } from './range.ts';
import { forEachClient } from './stored-days.ts';

export interface Explained {
  readonly accesses: number;
  /** By what was known when each access was seen. */
  readonly explained: number;
  /** By what is known now: more where paper was late, less where an end was. */
  readonly explained_now: number;
}

type Tally = { -readonly [K in keyof Explained]: Explained[K] };

export const nothingExplained = (): Tally => ({ accesses: 0, explained: 0, explained_now: 0 });

/** Counts one access, which may be in the store twice: whoever calls has it once. */
export function tally(sum: Tally, access: JudgedAccess, explainer: Explainer, now: Instant): void {
  const holds = (knownAt: Instant) => (explainer.explain(access, knownAt)?.strength ?? 0) >= strongFrom;
  sum.accesses += 1;
  if (holds(access.seenAt)) sum.explained += 1;
  if (holds(now)) sum.explained_now += 1;
}

export const explained = command({
  name: 'explained',
  examples: ['cordon explained', 'cordon explained --from -30d --json'],
  options: rangeOptions,

  async run({ values }, io) {
    const context = loadContext(values, io);
    const { from, until } = rangeOf(values, context);
    await using store = await storeOf(context, 'attach', io.signal);
    const [explainer, now] = [explainerOf(context), Date.now()];
    const [tenants, sources, all] = [new Map<string, Tally>(), new Map<string, Tally>(), nothingExplained()];
    const clients = store.tenants.filter((tenant) => tenant !== unattributed);
    await forEachClient(clients, async (tenant) => {
      const own = nothingExplained();
      const seen = new Set<string>();
      for await (const accesses of judgeAccesses(store.client('judge', tenant), tenant, { from, until }, io.signal)) {
        for (const access of accesses) {
          if (seen.has(access.id)) continue;
          seen.add(access.id);
          const source = sources.get(access.source) ?? nothingExplained();
          sources.set(access.source, source);
          for (const sum of [own, source, all]) tally(sum, access, explainer, now);
        }
      }
      if (own.accesses > 0) tenants.set(tenant, own);
    });
    const shown = { all: rowOf(all), by_tenant: rowsOf('tenant', tenants), by_source: rowsOf('source', sources) };
    io.out.write(values.json === true ? `${JSON.stringify(shown)}\n` : inWords(shown));
    return 0;
  },
});

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((1e4 * part) / whole) / 1e4);

const rowOf = (sum: Explained) => ({
  ...sum,
  share: shareOf(sum.explained, sum.accesses),
  share_now: shareOf(sum.explained_now, sum.accesses),
});

/** What is explained least comes first. */
function rowsOf<K extends string>(key: K, sums: ReadonlyMap<string, Explained>) {
  return [...sums]
    .map(([name, sum]) => ({ [key]: name, ...rowOf(sum) }) as Record<K, string> & ReturnType<typeof rowOf>)
    .sort((a, b) => a.share - b.share || (a[key] < b[key] ? -1 : 1));
}

interface Shown {
  readonly all: ReturnType<typeof rowOf>;
  readonly by_tenant: readonly (ReturnType<typeof rowOf> & { readonly tenant: string })[];
  readonly by_source: readonly (ReturnType<typeof rowOf> & { readonly source: string })[];
}

function inWords({ all, by_tenant, by_source }: Shown): string {
  const line = (name: string, { accesses, share, share_now }: ReturnType<typeof rowOf>) =>
    `${name.padEnd(24)} ${(100 * share).toFixed(1).padStart(6)} %  ${(100 * share_now).toFixed(1).padStart(6)} %  ${String(accesses).padStart(10)}\n`;
  return [
    `${''.padEnd(24)} ${'then'.padStart(8)}  ${'now'.padStart(8)}  ${'accesses'.padStart(10)}\n`,
    line('all clients', all),
    ...by_source.map((row) => line(`source ${row.source}`, row)),
    ...by_tenant.map((row) => line(`client ${row.tenant}`, row)),
  ].join('');
}
