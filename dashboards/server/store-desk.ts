/** The desk over the real store: each client read as that client's own reader, alerts as the firm's. */
import type { AlertEvent, Candidate } from '../../core/alert.ts';
import type { Directory } from '../../core/directory/directory.ts';
import type { Opener } from '../../core/envelope.ts';
import { Fault } from '../../core/errors.ts';
import { accountOf } from '../../core/explain/answer.ts';
import type { Explainer } from '../../core/explain.ts';
import { isoOf } from '../../core/time.ts';
import { type Access, type Instant, type TenantId, unattributed } from '../../core/types.ts';
import type { Store } from '../../store/index.ts';
import { accessById } from '../../store/queries/access-by-id.ts';
import { candidatesOf } from '../../store/queries/candidates.ts';
import { extentOfAccesses, judgeAccesses } from '../../store/queries/judge-accesses.ts';
import { timeline } from '../../store/queries/timeline.ts';
import { all } from '../../store/query.ts';
import { openRawRecords, type RawRecords } from '../../store/raw-records.ts';
import { sourceGapsDuring } from '../../store/source-gaps.ts';
import { type AlertBook, createAlertBook, type Entry } from './alert-book.ts';
import { createAlertTeller } from './alert-teller.ts';
import type { AccessLine, AccessPage, TimelineGap } from './api.ts';
import { bandsOf } from './bands.ts';
import { createDensity } from './density.ts';
import { accessesPerPage, alertsPerPage, type Desk, type Span } from './desk.ts';
import { explanationView } from './explanation.ts';
import { type Names, namesOf } from './names.ts';

const dayMs = 86_400_000;
/** What one drawing reads. */
const drawnAccessesMax = 400_000;
/** At one and the same millisecond, of one client: what a page may skip. */
const sameInstantMax = 10_000;

export interface StoreDeskOptions {
  readonly store: Store;
  /** For the raw records, which lie in sealed batches. */
  readonly opener: Opener;
  readonly directory: Directory;
  /** Facts are added while the page is open, so it is asked for each time; make it anew only when they were. */
  readonly explainer: () => Explainer;
  /** As `AlertSources.events`. */
  readonly events?: ((signal: AbortSignal) => Promise<ReadonlyMap<string, readonly AlertEvent[]>>) | undefined;
  readonly now?: (() => Instant) | undefined;
}

interface Room {
  readonly store: Store;
  readonly directory: Directory;
  readonly names: Names;
  readonly explainer: () => Explainer;
  readonly now: () => Instant;
}

export function storeDesk({ store, opener, directory, explainer, events, now = Date.now }: StoreDeskOptions): Desk {
  const room: Room = { store, directory, explainer, now, names: namesOf(directory) };
  const records = new Map<TenantId, RawRecords>();
  const candidates = (days: { from: string; until: string }, signal: AbortSignal): Promise<Candidate[]> =>
    candidatesOf(store.firm('read'), days, signal);
  const book = createAlertBook({ candidates, events, now });
  const teller = createAlertTeller({
    names: room.names,
    staff: directory.people.size + directory.services.size,
    lineOf: (access) => lineOf(access, room),
    accesses: (tenant, span, limit, signal) =>
      all(store.client('read', tenant), timeline({ actor: span.actor }), paramsOf(span, limit), signal),
  });
  return {
    alerts: (filter, after, signal) => alertsPage(book, filter, after, teller.line, signal),
    async alert(id, signal) {
      const entry = await book.one(id, signal);
      return entry && teller.view(entry, signal);
    },
    client: (tenant) => (store.tenants.includes(tenant) ? room.names.client(tenant) : undefined),
    extent: (tenant, signal) => extentOf(store, tenant, signal),
    density: (tenant, span, signal) => densityOf(room, tenant, span, signal),
    timeline: (tenant, span, after, signal) => pageOf(room, tenant, span, after, signal),
    bands: async (tenant, span) =>
      bandsOf(tenant, span, { directory, explainer: explainer(), names: room.names, now: now() }),
    gaps: (tenant, span, signal) => gapsOf(store, tenant, span, signal),
    async record(tenant, id, signal) {
      const access = await accessOf(room, tenant, id, signal);
      if (!access) return undefined;
      const opened = records.get(tenant) ?? openRawRecords(store.client('read', tenant), tenant, opener);
      records.set(tenant, opened);
      return { access: lineOf(access, room), raw: await opened.of(access, signal) };
    },
    async explain(tenant, id, signal) {
      const access = await accessOf(room, tenant, id, signal);
      if (!access) return undefined;
      const asked = { ...access, at: Date.parse(access.at), seenAt: Date.parse(access.seen_at) };
      return explanationView(accountOf(explainer(), asked, now()), room.names.who(access), room.names);
    },
  };
}

async function alertsPage(
  book: AlertBook,
  filter: Parameters<Desk['alerts']>[0],
  after: string | undefined,
  told: (entry: Entry, signal: AbortSignal) => ReturnType<ReturnType<typeof createAlertTeller>['line']>,
  signal: AbortSignal,
) {
  const { entries, next } = await book.page(filter, after, alertsPerPage, signal);
  const alerts = [];
  for (const entry of entries) alerts.push(await told(entry, signal));
  return { alerts, next };
}

const paramsOf = ({ from, until, actor }: Span, limit: number) => ({
  from,
  until,
  limit,
  actor: actor ?? '',
  object: '',
});

/** Judged by what was known when it was seen. What belongs to no known client cannot be explained, so nothing is said of it. */
function lineOf(access: Access, { explainer, names }: Pick<Room, 'explainer' | 'names'>): AccessLine {
  const who = names.who(access);
  if (access.tenant === unattributed) return { ...access, who };
  const found = explainer().explain({ ...access, at: Date.parse(access.at) }, Date.parse(access.seen_at));
  return { ...access, who, explained_by: found ? found.kind.replaceAll('_', ' ') : null };
}

async function accessOf(
  { store }: Room,
  tenant: TenantId,
  id: string,
  signal: AbortSignal,
): Promise<Access | undefined> {
  const [found] = await all(store.client('read', tenant), accessById, { id }, signal);
  return found;
}

async function extentOf(store: Store, tenant: TenantId, signal: AbortSignal) {
  const [first, last] = await extentOfAccesses(store.client('read', tenant), signal);
  return first !== undefined && last !== undefined ? { from: first * dayMs, until: (last + 1) * dayMs - 1 } : undefined;
}

async function densityOf({ store, explainer, names }: Room, tenant: TenantId, span: Span, signal: AbortSignal) {
  const density = createDensity(span);
  const explain = explainer();
  for await (const block of judgeAccesses(store.client('read', tenant), tenant, span, signal)) {
    for (const access of block) {
      const row = access.actor ?? access.account ?? '';
      if (span.actor !== undefined && row !== span.actor) continue;
      const { id, at, action } = access;
      const unexplained = tenant !== unattributed && !explain.explain(access, access.seenAt);
      density.add({ id, at, row, action, denied: access.outcome !== 'success', unexplained });
    }
    if (density.total > drawnAccessesMax) {
      throw new Fault('USAGE', `this span holds more than ${drawnAccessesMax} accesses; choose a shorter one`);
    }
  }
  return density.result((row) => ({ name: row === '' ? 'nobody recorded' : names.actor(row), role: names.role(row) }));
}

async function gapsOf(store: Store, tenant: TenantId, span: Span, signal: AbortSignal): Promise<TimelineGap[]> {
  const found = await sourceGapsDuring(store, span, [tenant], signal);
  return found.map(({ source, kind, tenant: about, from, until, what }) => ({
    ...{ source, kind, about_client: about !== undefined, what },
    ...{ from: isoOf(from), until: isoOf(until) },
  }));
}

/** A page begins at the instant at which the one before ended; what of that instant was shown is skipped. */
async function pageOf(
  room: Room,
  tenant: TenantId,
  span: Span,
  after: string | undefined,
  signal: AbortSignal,
): Promise<AccessPage> {
  const cursor = after === undefined ? undefined : /^(\d{1,15})_([0-9a-f]{32})_(\d{1,5})$/.exec(after);
  if (cursor === null) throw new Fault('USAGE', 'the next page is asked for by the `next` of the page before');
  const [at, lastId, shown] = cursor ? [Number(cursor[1]), cursor[2] ?? '', Number(cursor[3])] : [span.from, '', 0];
  const limit = accessesPerPage + 1 + Math.min(shown, sameInstantMax);
  const query = timeline({ actor: span.actor });
  const found = await all(room.store.client('read', tenant), query, paramsOf({ ...span, from: at }, limit), signal);
  const fresh = found.filter((access) => Date.parse(access.at) > at || access.id > lastId);
  const page = fresh.slice(0, accessesPerPage);
  const last = page.at(-1);
  const accesses = page.map((access) => lineOf(access, room));
  if (!last || fresh.length <= page.length) return { accesses };
  const sharing = found.filter((access) => access.at === last.at && access.id <= last.id).length;
  return { accesses, next: `${Date.parse(last.at)}_${last.id}_${sharing}` };
}
