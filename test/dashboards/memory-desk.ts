/** A desk over lists in memory: it stands in for the data, so that the server and the pages can be tested whole. */
import { isoOf } from '../../core/time.ts';
import type { TenantId } from '../../core/types.ts';
import type { ExplanationView, TimelineRow, Verdict } from '../../dashboards/server/api.ts';
import {
  accessesPerPage,
  alertsPerPage,
  bucketsAcross,
  type Desk,
  marksMax,
  type Span,
} from '../../dashboards/server/desk.ts';
import { accesses, alerts, bands, clients, gaps, type Kept, roles } from './small-firm.ts';

export interface MemoryDeskOptions {
  /** Every access so many times, a minute apart, to make a long timeline of it. */
  readonly repeat?: number;
  /** Runs before every answer; may throw. */
  readonly before?: (question: string) => void;
}

export function memoryDesk({ repeat = 1, before = () => undefined }: MemoryDeskOptions = {}): Desk {
  const held = new Map([...accesses].map(([tenant, kept]) => [tenant, repeated(kept, repeat)]));
  const within = (tenant: TenantId, { from, until, actor }: Span) =>
    (held.get(tenant) ?? []).filter(({ line }) => {
      const at = Date.parse(line.at);
      return at >= from && at < until && (actor === undefined || line.actor === actor);
    });
  const found = (tenant: TenantId, id: string) => (held.get(tenant) ?? []).find(({ line }) => line.id === id);
  return {
    async alerts({ state }, after) {
      before('alerts');
      const all = alerts.filter((alert) => state === undefined || alert.state === state);
      const begin = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      const page = all.slice(begin, begin + alertsPerPage);
      return { alerts: page, next: begin + page.length < all.length ? page.at(-1)?.id : undefined };
    },
    async alert(id) {
      before('alert');
      return alerts.find((alert) => alert.id === id);
    },
    client: (tenant) => clients.find(({ id }) => id === tenant),
    async extent(tenant) {
      const all = held.get(tenant) ?? [];
      const [first] = all;
      const last = all.at(-1);
      return first && last ? { from: Date.parse(first.line.at), until: Date.parse(last.line.at) } : undefined;
    },
    async density(tenant, span) {
      before('density');
      const all = within(tenant, span);
      const drawn = all.length > marksMax ? bucketsOf(all, span) : { marks: all.map(markOf) };
      return { total: all.length, rows: rowsOf(all), more_rows: 0, ...drawn };
    },
    async timeline(tenant, span, after) {
      before('timeline');
      const all = within(tenant, span).filter(({ line }) => after === undefined || `${line.at}_${line.id}` > after);
      const page = all.slice(0, accessesPerPage).map(({ line }) => line);
      const last = page.at(-1);
      return { accesses: page, next: all.length > page.length && last ? `${last.at}_${last.id}` : undefined };
    },
    async bands(tenant) {
      return bands.get(tenant) ?? [];
    },
    async gaps(tenant, { from, until }) {
      return (gaps.get(tenant) ?? []).filter((gap) => Date.parse(gap.from) < until && Date.parse(gap.until) > from);
    },
    async record(tenant, id) {
      before('record');
      const kept = found(tenant, id);
      return kept && { access: kept.line, raw: kept.raw };
    },
    async explain(tenant, id) {
      const kept = found(tenant, id);
      return kept && explanationOf(kept);
    },
  };
}

function repeated(kept: readonly Kept[], times: number): Kept[] {
  return Array.from({ length: times }, (_, n) =>
    kept.map(({ line, raw }) => ({ line: { ...line, at: isoOf(Date.parse(line.at) + n * 60_000) }, raw })),
  )
    .flat()
    .sort((a, b) => (a.line.at < b.line.at ? -1 : 1));
}

const markOf = ({ line }: Kept) => ({
  id: line.id,
  at: line.at,
  row: line.actor ?? '',
  action: line.action,
  denied: line.outcome === 'denied',
  unexplained: line.explained_by === null,
});

function bucketsOf(all: readonly Kept[], { from, until }: Span) {
  const bucket_ms = Math.ceil((until - from) / bucketsAcross);
  const buckets = new Map<string, { row: string; from: string; count: number; denied: number; unexplained: number }>();
  for (const mark of all.map(markOf)) {
    const begin = isoOf(from + Math.floor((Date.parse(mark.at) - from) / bucket_ms) * bucket_ms);
    const key = `${mark.row} ${begin}`;
    const bucket = buckets.get(key) ?? { row: mark.row, from: begin, count: 0, denied: 0, unexplained: 0 };
    bucket.count += 1;
    bucket.denied += Number(mark.denied);
    bucket.unexplained += Number(mark.unexplained);
    buckets.set(key, bucket);
  }
  return { buckets: [...buckets.values()], bucket_ms };
}

function rowsOf(all: readonly Kept[]): TimelineRow[] {
  const rows = new Map<string, TimelineRow>();
  for (const { row, unexplained } of all.map(markOf)) {
    const { accesses: n = 0, unexplained: u = 0 } = rows.get(row) ?? {};
    const { name = row, role } = roles.get(row) ?? {};
    rows.set(row, { id: row, name, role, accesses: n + 1, unexplained: u + Number(unexplained) });
  }
  return [...rows.values()].sort((a, b) => b.unexplained - a.unexplained || b.accesses - a.accesses);
}

function explanationOf({ line }: Kept): ExplanationView {
  const label = `${line.explained_by ?? 'assignment'} of ${line.who}`;
  const fact = { label, from: '2026-03-02T00:00:00.000Z', recorded_at: '2026-03-05T09:12:00.000Z' };
  const verdict = (question: Verdict['question'], explained: boolean): Verdict =>
    explained
      ? { question, explained, sentence: `The ${label} held at that moment.`, fact }
      : { question, explained, sentence: `Nothing known explains why ${line.who} reached this client.` };
  const known = Boolean(line.explained_by);
  return {
    verdicts: [
      verdict('then', known),
      verdict('as_known_then', known),
      verdict('as_known_now', known || line.actor === 'p5'),
    ],
    looked_for: known ? [] : ['no assignment held at that moment', 'no ticket held at that moment'],
    notes:
      line.actor === 'p5' && !known ? ['the assignment that explains it was recorded 2 days after the access'] : [],
  };
}
