/** Judging what is stored: each client read once as its own judge, day by day, into one judge. `judge` and `backtest` share it. */

import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Candidate } from '../core/alert.ts';
import { Fault } from '../core/errors.ts';
import { createExplainer, type Explainer } from '../core/explain.ts';
import { canonical, readFactFile } from '../core/fact-lines.ts';
import type { Fact } from '../core/facts.ts';
import { createNetworks } from '../core/network.ts';
import type { Finding, JudgedAccess } from '../core/scene.ts';
import type { TenantId } from '../core/types.ts';
import type { Geo, GeoEntry } from '../detectors/judge/places.ts';
import { createJudge } from '../detectors/judge.ts';
import { logSilence } from '../detectors/log-silence.ts';
import type { Rules } from '../detectors/rules.ts';
import { openFactLog } from '../store/fact-log.ts';
import type { Store } from '../store/index.ts';
import { countDays, type DayCount } from '../store/queries/judge-accesses.ts';
import type { LedgerRow } from '../store/queries/ledger.ts';
import type { SpreadRow } from '../store/queries/spread.ts';
import type { Context } from './context.ts';
import { accessesToJudge } from './sigma-records.ts';
import { type CountingJudge, countingJudge } from './spread-counts.ts';

const dayMs = 86_400_000;
const daysOpen = 2;
/** Accesses held in memory at a time; a single day may be more. */
const chunkAccessesMax = 250_000;
/** Clients read at the same time. */
const readersMax = 4;

export interface Replayed {
  readonly candidates: readonly Candidate[];
  readonly findings: readonly Finding[];
  readonly ledger: readonly LedgerRow[];
  readonly accesses: number;
}

/** The facts of the log, and those of the configuration's seed that were never imported. */
export function factsOf({ config, directory }: Context): Fact[] {
  const zone = directory.firm.time_zone;
  const facts = new Map(openFactLog(config.data, zone).facts.map((fact) => [fact.id, fact]));
  if (config.facts !== undefined) {
    for (const { fact } of readFactFile(config.facts, zone)) if (!facts.has(fact.id)) facts.set(fact.id, fact);
  }
  return [...facts.values()];
}

export const explainerOf = (context: Context): Explainer => createExplainer(context.directory, factsOf(context));

export function judgeOf({ config, directory, rules }: Context, explainer: Explainer): CountingJudge {
  const geo = config.geo === undefined ? undefined : geoOf(config.geo);
  return countingJudge(createJudge({ directory, explainer, rules, ...(geo && { geo }) }), explainer);
}

/** Everything that is stored, in order of days; what was said of days in the range is handed back. */
export async function replay(
  context: Context,
  store: Store,
  options: {
    readonly from: number;
    readonly until: number;
    readonly explainer: Explainer;
    /** A fresh one; whoever goes on judging after the replay hands in its own. */
    readonly judge?: CountingJudge;
    /** Told what was counted, a part of the days at a time. */
    readonly onSpread?: (rows: readonly SpreadRow[]) => Promise<void>;
    readonly onDay?: (done: number, total: number, day: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<Replayed> {
  const { explainer, signal, from, until, judge = judgeOf(context, explainer) } = options;
  const counts = await countAll(store, signal);
  const days = [...new Set(counts.flatMap(({ days: here }) => here.map(({ day }) => day)))].sort((a, b) => a - b);
  const total = counts.reduce((sum, { days: here }) => sum + here.reduce((n, { accesses }) => n + accesses, 0), 0);
  const candidates = new Map<string, Candidate>();
  const findings: Finding[] = [];
  let done = 0;
  for (const chunk of chunksOf(days, counts)) {
    const byDay = await readChunk(
      context,
      store,
      counts.map(({ tenant }) => tenant),
      chunk,
      signal,
    );
    for (const day of chunk) {
      const accesses = byDay.get(day) ?? [];
      judge.take(accesses);
      byDay.delete(day);
      // Yesterday and today stay open: their late accesses are still to come. All others say now what stands.
      judge.close(Math.min(day - 1, Math.floor(Date.now() / dayMs) - daysOpen));
      const said = judge.judge();
      if (day * dayMs >= from && day * dayMs < until) {
        for (const id of said.withdrawn) candidates.delete(id);
        for (const candidate of said.candidates) candidates.set(candidate.id, candidate);
        for (const finding of said.findings) findings.push(finding);
      }
      done += accesses.length;
      options.onDay?.(done, total, new Date(day * dayMs).toISOString().slice(0, 10));
    }
    const counted = judge.spread();
    await options.onSpread?.(counted);
  }
  return {
    candidates: [...candidates.values()],
    findings,
    ledger: ledgerOf(counts, findings, { from, until, rules: context.rules }),
    accesses: done,
  };
}

interface TenantDays {
  readonly tenant: TenantId;
  readonly days: readonly DayCount[];
}

async function countAll(store: Store, signal: AbortSignal): Promise<TenantDays[]> {
  const counts: TenantDays[] = [];
  for (let i = 0; i < store.tenants.length; i += readersMax) {
    const part = store.tenants.slice(i, i + readersMax);
    counts.push(
      ...(await Promise.all(
        part.map(async (tenant) => ({ tenant, days: await countDays(store.client('judge', tenant), signal) })),
      )),
    );
  }
  return counts.filter(({ days }) => days.length > 0);
}

/** Neighbouring days together, as many as fit. */
function chunksOf(days: readonly number[], counts: readonly TenantDays[]): number[][] {
  const perDay = new Map<number, number>();
  for (const { days: here } of counts)
    for (const { day, accesses } of here) perDay.set(day, (perDay.get(day) ?? 0) + accesses);
  const chunks: number[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const day of days) {
    const more = perDay.get(day) ?? 0;
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

async function readChunk(
  context: Context,
  store: Store,
  tenants: readonly TenantId[],
  chunk: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, JudgedAccess[]>> {
  const byDay = new Map<number, JudgedAccess[]>(chunk.map((day) => [day, []]));
  const range = { from: (chunk[0] ?? 0) * dayMs, until: ((chunk[chunk.length - 1] ?? 0) + 1) * dayMs };
  const waiting = [...tenants];
  const reader = async () => {
    for (let tenant = waiting.shift(); tenant !== undefined; tenant = waiting.shift()) {
      for await (const accesses of accessesToJudge(context, store, tenant, range, signal)) {
        for (const access of accesses) byDay.get(Math.floor(access.at / dayMs))?.push(access);
      }
    }
  };
  await Promise.all(Array.from({ length: readersMax }, reader));
  return byDay;
}

const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** One row for each client and day: its accesses, and what was said of them. */
function ledgerOf(
  counts: readonly TenantDays[],
  findings: readonly Finding[],
  { from, until, rules }: { readonly from: number; readonly until: number; readonly rules: Rules },
): LedgerRow[] {
  const said = new Map<string, number>();
  for (const { tenants, day } of findings) {
    for (const tenant of tenants) said.set(`${tenant} ${day}`, (said.get(`${tenant} ${day}`) ?? 0) + 1);
  }
  // A source that was silent may have kept something from every client.
  const silences = new Map<string, string[]>();
  for (const { detector, day, because } of findings) {
    if (detector === logSilence.name) silences.set(day, [...(silences.get(day) ?? []), because]);
  }
  const judgedAt = Date.now();
  return counts.flatMap(({ tenant, days }) =>
    days
      .filter(({ day }) => day * dayMs >= from && day * dayMs < until)
      .map(({ day, accesses, scenes, late }) => ({
        judgedAt,
        tenant,
        detectors: setOf(tenant, rules),
        from: day * dayMs,
        until: (day + 1) * dayMs,
        accesses,
        scenes,
        late,
        findings: said.get(`${tenant} ${dateOf(day)}`) ?? 0,
        gaps: silences.get(dateOf(day)) ?? [],
      })),
  );
}

/** Names the detectors and settings by which a client was judged. */
const setOf = (tenant: string, rules: Rules): string =>
  hash('sha256', canonical(rules.detectors.map(({ name }) => [name, rules.of(name, tenant)])), 'hex').slice(0, 16);

/** CSV with the header `network,country,kind,lat,lon`; columns after the second may be missing. */
function geoOf(file: string): Geo {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${file} cannot be read; correct \`geo\` in the configuration`, {}, error);
  }
  const rows = text
    .split(/\r?\n/)
    .slice(1)
    .filter((row) => row !== '');
  const networks = createNetworks<GeoEntry>(
    rows.map((row) => {
      const [network = '', country = '', kind = '', latitude, longitude] = row.split(',');
      return [
        network,
        { country, kind: kind === '' ? undefined : kind, latitude: numberOf(latitude), longitude: numberOf(longitude) },
      ];
    }),
  );
  return (ip) => networks.match(ip);
}

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
