/** `cordon tenants hold`, `lift` and `holds`: legal holds with dates, written down for good. */
import { Fault } from '../core/errors.ts';
import { forEver, retentionText, sameRetention } from '../core/retention.ts';
import { isoOf, parseInstant } from '../core/time.ts';
import { type Instant, type TenantId, tenantId } from '../core/types.ts';
import { type Hold, holdsIn, inForce, type KeepingEntry } from '../evidence/keeping.ts';
import type { Store } from '../store/index.ts';
import type { ExitCode, Io } from './command.ts';
import { type Context, storeOf, tenantNamed } from './context.ts';
import { addKeeping, keepingOf } from './keeping.ts';
import { applyRetention, isHeld, retentionOf } from './retention.ts';

const whyCharsMax = 1_000;

interface Asked {
  readonly why: string | undefined;
  readonly from: string | undefined;
  readonly until: string | undefined;
  readonly yes: string | undefined;
  readonly json: boolean;
}

/** What is stored of a client that has left the directory can be held, too. */
function clientIn(context: Context, store: Store, name: string): TenantId {
  return store.tenants.find((tenant) => tenant === name) ?? tenantNamed(context, name);
}

function reasonIn({ why }: Asked): string {
  if (why === undefined || why.trim() === '')
    throw new Fault('USAGE', 'say why, in words that will be understood years from now: --why TEXT');
  if (why.length > whyCharsMax)
    throw new Fault('USAGE', `--why takes ${whyCharsMax} characters; this has ${why.length}`);
  return why.trim();
}

export async function setHold(context: Context, name: string, asked: Asked, io: Io): Promise<ExitCode> {
  const why = reasonIn(asked);
  const now = Date.now();
  const clock = { now, zone: context.directory.firm.time_zone };
  const from = asked.from === undefined ? now : parseInstant(asked.from, { ...clock, edge: 'from' });
  const until = asked.until === undefined ? undefined : parseInstant(asked.until, { ...clock, edge: 'to' });
  if (until !== undefined && until <= Math.max(from, now))
    throw new Fault('USAGE', 'the hold would be over before it began: --until must lie after --from, and after now');
  await using store = await storeOf(context, 'attach', io.signal);
  const tenant = clientIn(context, store, name);
  const entries = await keepingOf(context.config, store, io.signal);
  const hold = `${tenant}-${holdsIn(entries).filter((one) => one.tenant === tenant).length + 1}`;
  const act = { op: 'hold' as const, hold, tenant, why, from: isoOf(from), ...(until && { until: isoOf(until) }) };
  await addKeeping(context.config, store, [act], now, io.signal);
  await applyRetention(context, store, io.signal);
  if (asked.json) io.out.write(`${JSON.stringify(act)}\n`);
  else
    io.out.write(
      `${hold}: nothing of ${tenant} is removed from ${from > now ? isoOf(from) : 'now'} on, ${until === undefined ? 'until it is lifted' : `until ${isoOf(until)}`}\n`,
    );
  return 0;
}

export async function liftHold(context: Context, name: string, asked: Asked, io: Io): Promise<ExitCode> {
  if (asked.yes !== undefined && asked.yes !== name)
    throw new Fault('USAGE', `you wrote \`lift ${name}\` and \`--yes ${asked.yes}\`: which of them?`);
  const why = reasonIn(asked);
  const now = Date.now();
  await using store = await storeOf(context, 'attach', io.signal);
  const entries = await keepingOf(context.config, store, io.signal);
  const hold = holdsIn(entries).find((one) => one.hold === name);
  if (!hold) throw new Fault('USAGE', `there is no hold \`${name}\`; see cordon tenants holds`);
  if (hold.lifted) throw new Fault('USAGE', `${name} was lifted at ${hold.lifted.at} by ${hold.lifted.by}`);
  const tenant = tenantId(hold.tenant);
  const act = { op: 'lift' as const, hold: name, tenant, why };
  if (asked.yes === undefined) {
    io.err.write(
      `${holdText(hold, now)}\nLifted, ${tenant} is ${afterwards(context, entries, hold, now)}.\nTo mean it: cordon tenants lift ${name} --why TEXT --yes ${name}\n`,
    );
    return 1;
  }
  await addKeeping(context.config, store, [act], now, io.signal);
  await applyRetention(context, store, io.signal);
  if (asked.json) io.out.write(`${JSON.stringify(act)}\n`);
  else io.out.write(`${name}: lifted; ${tenant} is ${afterwards(context, entries, hold, now)}\n`);
  return 0;
}

function afterwards(context: Context, entries: readonly KeepingEntry[], { hold, tenant }: Hold, now: Instant): string {
  const others = entries.filter((entry) => entry.op !== 'hold' || entry.hold !== hold);
  if (isHeld(context, others, tenantId(tenant), now)) return 'still held by another hold';
  const retention = retentionOf(context, tenantId(tenant));
  if (retention === undefined) return 'kept as before the hold, and may be destroyed';
  const kept = `kept ${retentionText(retention)}`;
  return sameRetention(retention, forEver) ? kept : `${kept}: what is older is removed at once, and for good`;
}

export async function listHolds(context: Context, name: string | undefined, json: boolean, io: Io): Promise<ExitCode> {
  await using store = await storeOf(context, 'attach', io.signal);
  const tenant = name === undefined ? undefined : clientIn(context, store, name);
  const now = Date.now();
  const entries = await keepingOf(context.config, store, io.signal);
  for (const hold of holdsIn(entries).filter((one) => tenant === undefined || one.tenant === tenant)) {
    const { hold: id, why, from, until, at, by, lifted } = hold;
    const said = { hold: id, tenant: hold.tenant, in_force: inForce(hold, now), why, from, until, at, by };
    const end = lifted && { at: lifted.at, by: lifted.by, why: lifted.why };
    io.out.write(json ? `${JSON.stringify({ ...said, lifted: end })}\n` : `${holdText(hold, now)}\n`);
  }
  for (const held of context.config.legal_hold.filter((one) => tenant === undefined || one === tenant)) {
    const by = `legal_hold in ${context.config.file}`;
    io.out.write(
      json ? `${JSON.stringify({ tenant: held, in_force: true, by })}\n` : `${held}: held by ${by}, without dates\n`,
    );
  }
  return 0;
}

function holdText(hold: Hold, now: Instant): string {
  const { hold: id, tenant, why, from, until, at, by, lifted } = hold;
  const state = lifted
    ? `lifted ${lifted.at} by ${lifted.by} (${lifted.why})`
    : inForce(hold, now)
      ? 'in force'
      : Date.parse(from) > now
        ? 'not yet in force'
        : 'over';
  return `${id}: ${tenant} held from ${from} ${until === undefined ? 'until lifted' : `until ${until}`}: ${why}; set ${at} by ${by}; ${state}`;
}
