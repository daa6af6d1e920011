/** `cordon spread`: blast radius. What else did this person reach; who else reached this client? */
import { Fault } from '../core/errors.ts';
import { formatInZone, isoOf } from '../core/time.ts';
import { type ActorId, type TenantId, tenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { objectsReached, type SpreadCount, spreadOf } from '../store/queries/spread.ts';
import { all } from '../store/query.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf, tenantNamed } from './context.ts';
import { rangeOf, rangeOptions } from './range.ts';

/** Hours shown of each on a terminal; `--json` gives all. */
const hoursShownMax = 6;
/** The last hour a DateTime of ClickHouse can hold is a little later. */
const lastHour = Date.UTC(2106, 0, 1);

interface Hour {
  readonly hour: string;
  explained: number;
  unexplained: number;
}

/** One client that an actor reached, or one actor who reached a client. */
interface Reached {
  readonly tenant: string;
  readonly actor: string;
  explained: number;
  unexplained: number;
  /** Different objects, counted in the client's own database. */
  objects: number;
  readonly actions: Record<string, number>;
  readonly hours: Hour[];
}

export const spread = command({
  name: 'spread',
  examples: [
    'cordon spread --actor p17 --from -7d  # which clients, how much of it unexplained, when',
    'cordon spread --tenant acme --from 2026-03-01 --to 2026-03-31  # who reached this client',
  ],
  options: {
    ...rangeOptions,
    actor: { type: 'string', value: 'ID', help: 'a person or service: which clients they reached' },
    tenant: { type: 'string', value: 'CLIENT', help: 'a client: who reached it' },
  },

  async run({ values }, io) {
    const { actor = '', tenant: named } = values;
    if ((actor === '') === (named === undefined))
      throw new Fault('USAGE', 'give --actor ID or --tenant CLIENT, one of them');
    const context = loadContext(values, io);
    const tenant = named === undefined ? '' : tenantNamed(context, named);
    const { from, until } = rangeOf(values, context);
    const range = { from, until: Math.min(until, lastHour) };
    await using store = await storeOf(context, 'attach', io.signal);
    const counts = await all(store.firm('read'), spreadOf, { ...range, actor, tenant }, io.signal);
    const reached = reachedOf(counts);
    for (const id of new Set(reached.map((one) => one.tenant)))
      await countObjects(store, tenantId(id), reached, { ...range, actor }, io.signal);
    const sorted = reached.sort((a, b) => b.unexplained - a.unexplained || b.explained - a.explained);
    if (values.json === true) {
      const asked = tenant === '' ? { actor } : { tenant };
      io.out.write(`${JSON.stringify({ ...asked, from: isoOf(from), until: isoOf(range.until), reached: sorted })}\n`);
    } else inWords(sorted, { context, actor, tenant }, io);
    return 0;
  },
});

function reachedOf(counts: readonly SpreadCount[]): Reached[] {
  const found = new Map<string, Reached>();
  for (const { hour, actor, tenant, action, explained, unexplained } of counts) {
    const key = `${tenant} ${actor}`;
    const one = found.get(key) ?? { tenant, actor, explained: 0, unexplained: 0, objects: 0, actions: {}, hours: [] };
    found.set(key, one);
    one.explained += explained;
    one.unexplained += unexplained;
    one.actions[action] = (one.actions[action] ?? 0) + explained + unexplained;
    let last = one.hours.at(-1);
    if (last?.hour !== isoOf(hour)) {
      last = { hour: isoOf(hour), explained: 0, unexplained: 0 };
      one.hours.push(last);
    }
    last.explained += explained;
    last.unexplained += unexplained;
  }
  return [...found.values()];
}

async function countObjects(
  store: Store,
  tenant: TenantId,
  reached: readonly Reached[],
  asked: { from: number; until: number; actor: string },
  signal: AbortSignal,
): Promise<void> {
  const counts = await all(store.client('read', tenant), objectsReached, asked, signal);
  for (const { actor, objects } of counts) {
    for (const one of reached) if (one.tenant === tenant && one.actor === actor) one.objects = objects;
  }
}

function inWords(
  reached: readonly Reached[],
  { context, actor, tenant }: { context: Context; actor: string; tenant: string },
  io: Io,
): void {
  const { directory } = context;
  const nameOf = (id: string): string => {
    if (id === '') return 'accounts that are nobody’s';
    const name = directory.people.get(id as ActorId)?.name;
    return name === undefined ? id : `${name} (${id})`;
  };
  const total = reached.reduce((sum, one) => sum + one.unexplained, 0);
  const what =
    tenant === ''
      ? `${nameOf(actor)} reached ${reached.length} clients`
      : `${reached.length} people and services reached ${tenant}`;
  io.out.write(`${what}; ${total} accesses are unexplained\n`);
  for (const one of reached) {
    const actions = Object.entries(one.actions)
      .sort(([, a], [, b]) => b - a)
      .map(([action, count]) => `${action} ${count}`);
    io.out.write(
      `${tenant === '' ? one.tenant : nameOf(one.actor)}: ${one.unexplained} unexplained, ${one.explained} explained, ${one.objects} objects (${actions.join(', ')})\n`,
    );
    const open = one.hours.filter(({ unexplained }) => unexplained > 0);
    for (const { hour, unexplained } of open.slice(0, hoursShownMax))
      io.out.write(`  ${formatInZone(Date.parse(hour), directory.firm.time_zone)}  ${unexplained} unexplained\n`);
    if (open.length > hoursShownMax) io.out.write(`  … and ${open.length - hoursShownMax} more hours\n`);
  }
  if (reached.length === 0) io.err.write('Nothing is counted there. What was never judged is not: cordon judge\n');
}
