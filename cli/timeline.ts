/** `cordon timeline`: what a person did, what was done with a client's data, or what became of an object, in order. */
import type { Opener } from '../core/envelope.ts';
import { Fault } from '../core/errors.ts';
import { rawText } from '../core/records.ts';
import { isZone, parseInstant } from '../core/time.ts';
import type { Access, Instant, TenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { spreadOf } from '../store/queries/spread.ts';
import { timeline as timelineQuery } from '../store/queries/timeline.ts';
import { all } from '../store/query.ts';
import { openRawRecords, type RawRecords } from '../store/raw-records.ts';
import { sourceGapsDuring } from '../store/source-gaps.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf, tenantNamed } from './context.ts';
import { openerOf } from './keyring.ts';
import { purposeOption } from './purpose-option.ts';
import { whollyCounted } from './spread-heads.ts';
import { linesOf } from './timeline-text.ts';

/** More than a person reads; what is left out is said. */
const accessesMax = 100_000;
const tenantsAtOnceMax = 4;
const hourMs = 3_600_000;

interface Question {
  readonly actor: string | undefined;
  readonly object: string | undefined;
  readonly tenants: readonly TenantId[] | undefined;
  readonly from: Instant;
  readonly until: Instant;
  readonly zone: string;
}

export const timeline = command({
  name: 'timeline',
  examples: [
    'cordon timeline --actor p17 --from 2026-03-04 --to 2026-03-04',
    'cordon timeline --tenant acme --from -7d --zone Europe/London',
    'cordon timeline --tenant acme --object /srv/clients/acme/m1/ --from -30d --raw',
  ],
  options: {
    ...purposeOption,
    actor: { type: 'string', value: 'ID', help: 'what this person or service did, in all clients; or an account' },
    tenant: { type: 'string', value: 'CLIENT', help: "what was done with this client's data" },
    object: { type: 'string', value: 'NAME', help: 'what was done with objects whose name begins so' },
    from: { type: 'string', value: 'TIME', help: '2026-03-04, 2026-03-04T09:15:00Z, or -7d (default -1d)' },
    to: { type: 'string', value: 'TIME', help: 'end of the range, not included; a date means the end of that day' },
    zone: { type: 'string', value: 'ZONE', help: "clock to show times by (default: the firm's)" },
    raw: { type: 'boolean', help: 'with the records as the sources wrote them, nothing folded' },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const question = questionOf(values, context);
    await using store = await storeOf(context, 'attach', io.signal);
    const asked = { ...question, tenants: question.tenants ?? (await reached(context, store, question, io.signal)) };
    const found = await ask(store, asked, io.signal);
    const shown = found.slice(0, accessesMax);
    if (values.json === true || values.raw === true)
      await showEach({ store, opener: openerOf(context) }, shown, values, question, io);
    else {
      const gaps = await sourceGapsDuring(store, question, asked.tenants, io.signal);
      for (const line of linesOf(shown, { zone: question.zone, shown: unsaid(question), gaps }))
        io.out.write(`${line}\n`);
    }
    if (shown.length === 0) io.err.write('nothing in that range\n');
    if (found.length > shown.length)
      io.err.write(`only the first ${accessesMax} accesses are shown; ask for a shorter range\n`);
    return 0;
  },
});

type Values = Readonly<Partial<Record<'actor' | 'tenant' | 'object' | 'from' | 'to' | 'zone', string | undefined>>>;

function questionOf(values: Values, context: Context): Question {
  const { directory } = context;
  const { actor, tenant, object, zone = directory.firm.time_zone } = values;
  if (actor === undefined && tenant === undefined && object === undefined)
    throw new Fault('USAGE', 'say whose timeline: --actor ID, --tenant CLIENT or --object NAME');
  if (!isZone(zone)) throw new Fault('USAGE', `\`${zone}\` is not a time zone; write one as Europe/London or UTC`);
  const now = Date.now();
  const from = parseInstant(values.from ?? '-1d', { now, zone, edge: 'from' });
  const until = parseInstant(values.to ?? 'now', { now, zone, edge: 'to' });
  if (from >= until) throw new Fault('USAGE', 'the range is empty: --from is not before --to');
  return {
    actor,
    object,
    tenants: tenant === undefined ? undefined : [tenantNamed(context, tenant)],
    from,
    until,
    zone,
  };
}

/** An actor comes to few clients, and each question costs the store its milliseconds: the spread says where to ask. */
async function reached(context: Context, store: Store, { actor, from, until }: Question, signal: AbortSignal) {
  if (actor === undefined) return store.tenants;
  const counted = await whollyCounted(context, store, signal);
  const hours = { from: Math.floor(from / hourMs) * hourMs, until, actor, tenant: '' };
  const rows = await all(store.firm('read'), spreadOf, hours, signal);
  const there = new Set(rows.map(({ tenant }) => tenant));
  return store.tenants.filter((tenant) => there.has(tenant) || !counted.has(tenant));
}

/** Each client's part is read as that client's reader; the parts are put together here. One more than is shown, to know. */
async function ask(store: Store, question: Question, signal: AbortSignal): Promise<Access[]> {
  const { actor, object, from, until } = question;
  const query = timelineQuery({ actor, object });
  const params = { from, until, limit: accessesMax + 1, actor: actor ?? '', object: object ?? '' };
  const found: Access[] = [];
  const left = (question.tenants ?? store.tenants).values();
  const work = async () => {
    // One iterator for all workers: each takes the next.
    for (const tenant of left) {
      for (const access of await all(store.client('read', tenant), query, params, signal)) found.push(access);
    }
  };
  await Promise.all(Array.from({ length: tenantsAtOnceMax }, work));
  return found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1)).slice(0, accessesMax + 1);
}

const unsaid = ({ actor, tenants }: Question) => ({ actor: actor === undefined, tenant: tenants?.length !== 1 });

async function showEach(
  { store, opener }: { store: Store; opener: Opener },
  found: readonly Access[],
  values: { json?: boolean | undefined; raw?: boolean | undefined },
  question: Question,
  io: Io,
): Promise<void> {
  const opened = new Map<TenantId, RawRecords>();
  const rawOf = async (access: Access) => {
    const { tenant } = access;
    const records = opened.get(tenant) ?? openRawRecords(store.client('read', tenant), tenant, opener);
    opened.set(tenant, records);
    return (await records.of(access, io.signal)).map(rawText);
  };
  for (const access of found) {
    const raw = values.raw === true ? await rawOf(access) : undefined;
    if (values.json === true) {
      io.out.write(`${JSON.stringify(raw ? { ...access, raw } : access)}\n`);
      continue;
    }
    for (const line of linesOf([access], { zone: question.zone, shown: unsaid(question) })) io.out.write(`${line}\n`);
    for (const record of raw ?? []) io.out.write(`    | ${JSON.stringify(record)}\n`);
  }
}
