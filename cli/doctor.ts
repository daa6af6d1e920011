/** `cordon doctor`: what works and what does not, in plain sentences. */
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isFault } from '../core/errors.ts';
import type { Instant, TenantId } from '../core/types.ts';
import { readCheckpoint } from '../evidence/checkpoint.ts';
import { holdsIn } from '../evidence/keeping.ts';
import { registeredCollectors } from '../ingest/keys/collectors.ts';
import { deadLimits, LandLog } from '../ingest/land-log.ts';
import { Spool } from '../ingest/spool.ts';
import { spoolLimits } from '../ingest/spool-room.ts';
import { holderOf } from '../store/data-lock.ts';
import type { Store } from '../store/index.ts';
import { lastCheckpoint } from '../store/queries/checkpoints.ts';
import { sourceHours } from '../store/queries/source-hours.ts';
import { all } from '../store/query.ts';
import { canaryDaysMax, flyCanary, lastFlight } from './canary.ts';
import { command } from './command.ts';
import { type Context, loadContext, storeOf } from './context.ts';
import { brokerDiagnoses, reach } from './doctor-brokers.ts';
import {
  aheadMsMax,
  canaryDiagnoses,
  checkpointDiagnosis,
  type Diagnosis,
  deadDiagnosis,
  fine,
  holdDiagnoses,
  keyDiagnosis,
  lastCanaryDiagnosis,
  notice,
  revokedDiagnosis,
  roomDiagnosis,
  type SourceHour,
  sourceDiagnoses,
  spoolDiagnosis,
  wrong,
} from './doctor-rules.ts';
import { keepingOf } from './keeping.ts';

const historyMs = 28 * 86_400_000;
const unitMs = { s: 1_000, m: 60_000 };

export const doctor = command({
  name: 'doctor',
  examples: [
    'cordon doctor',
    'cordon doctor --json  # for a monitor: exit 1 when something is wrong',
    'cordon doctor --canary  # minutes from act to candidate, for each source, in a firm of its own',
  ],
  options: {
    canary: { type: 'boolean', help: 'send a record of each source’s format, and each detector’s example, through' },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const { config, directory } = context;
    const holder = existsSync(config.data) ? await holderOf(config.data) : undefined;
    const running = holder?.purpose === 'serve' ? holder : undefined;
    const collectsOnly = isEdge(config);
    const found: Diagnosis[] = [
      fine(
        'configuration',
        `${config.sources.size} sources, ${directory.clients.size} clients, ${directory.people.size} people`,
      ),
      running
        ? fine('cordon', `runs as process ${running.pid}`)
        : notice('cordon', 'does not run here: nothing is collected'),
      ...(await spools(context)),
      ...keys(context, collectsOnly),
      ...revoked(context),
      room(config.data),
      ...(await servers(context, collectsOnly, io.signal)),
      ...(await brokerDiagnoses(context, collectsOnly, io.signal)),
      ...(collectsOnly
        ? [notice('store', 'is not in this data folder: what is collected here lands elsewhere')]
        : await inStore(context, running?.since, io.signal)),
      ...(values.canary === true
        ? canaryDiagnoses(await flyCanary(context, io))
        : [lastCanaryDiagnosis(lastFlight(config.data), Date.now(), canaryDaysMax)]),
    ];
    for (const one of found) {
      const mark = { fine: 'ok    ', notice: 'note  ', wrong: 'WRONG ' }[one.is];
      io.out.write(values.json === true ? `${JSON.stringify(one)}\n` : `${mark} ${one.about}: ${one.says}\n`);
    }
    const bad = found.filter(({ is }) => is === 'wrong').length;
    const count = bad === 0 ? 'nothing is wrong' : bad === 1 ? '1 thing is wrong' : `${bad} things are wrong`;
    if (values.json !== true) io.err.write(`${count}\n`);
    return bad === 0 ? 0 : 1;
  },
});

async function spools({ config }: Context): Promise<Diagnosis[]> {
  if (!existsSync(join(config.data, 'spool'))) return [notice('spool', 'is not there: nothing was ever collected')];
  const found: Diagnosis[] = [];
  {
    await using spool = new Spool(config.data);
    found.push(spoolDiagnosis(spool.waitingBytes, spoolLimits.waitingBytesMax));
    const rejects = new Map<string, number>();
    for (const { source } of spool.rejects()) rejects.set(source, (rejects.get(source) ?? 0) + 1);
    for (const [source, count] of rejects)
      found.push(notice(`source ${source}`, `${count} records could not be read: cordon rejects --source ${source}`));
  }
  if (!existsSync(join(config.data, 'land'))) return found;
  await using landLog = new LandLog(config.data);
  found.push(...deadDiagnosis(landLog.deadTotals, deadLimits));
  const dead = new Map<TenantId, { count: number; reason: string }>();
  for (const { batch, reason } of landLog.dead())
    dead.set(batch.header.tenant, { count: (dead.get(batch.header.tenant)?.count ?? 0) + 1, reason });
  for (const [tenant, { count, reason }] of dead)
    found.push(
      wrong(
        `client ${tenant}`,
        `${count} batches were refused and are kept as dead; the last because ${reason}: see cordon replay-dead`,
      ),
    );
  return found;
}

/** One line for all that are as they should be. */
function keys({ config, tenants }: Context, collectsOnly: boolean): Diagnosis[] {
  const folder = join(config.data, 'keys');
  if (!existsSync(folder)) return [notice('keys', 'there are none yet; the first start makes them')];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(key|pem|secret)$/.test(name) && !name.endsWith('.pub.pem'))
    .sort();
  const expected = tenants.map((tenant) => join('tenants', `${tenant}.key`));
  const seen = new Set(files);
  const modes = files.map((file) => keyDiagnosis(file, statSync(join(folder, file)).mode));
  const missing = expected.filter((file) => !seen.has(file));
  const bad = modes.filter(({ is }) => is !== 'fine');
  return [
    ...(bad.length === 0 ? [fine('keys', `${files.length} are there, for their owner alone`)] : bad),
    ...(missing.length === 0 || collectsOnly
      ? []
      : [notice('keys', `${missing.length} clients have none yet: see cordon tenants apply --dry-run`)]),
  ];
}

/** Over Kafka a machine that only collects has no store; opening one to ask it would make one, keys and all. */
const isEdge = ({ data, bus, store }: Context['config']): boolean =>
  bus !== 'local' && store === 'embedded' && !existsSync(join(data, 'clickhouse'));

const revoked = ({ config }: Context): Diagnosis[] =>
  registeredCollectors(config.data).flatMap(({ name, revokedAt }) =>
    revokedAt !== undefined && config.sources.has(name) ? [revokedDiagnosis(name, revokedAt)] : [],
  );

function room(folder: string): Diagnosis {
  if (!existsSync(folder)) return notice(`disk ${folder}`, 'the folder is not there yet');
  const { bavail, blocks, bsize } = statfsSync(folder);
  return roomDiagnosis(folder, bavail * bsize, blocks * bsize, spoolLimits.freeBytesMin);
}

async function servers({ config }: Context, collectsOnly: boolean, signal: AbortSignal): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  const { mail, checkpoints } = config;
  if (mail?.host !== undefined) found.push(await reach('mail server', mail.host, mail.port, signal));
  else if (mail?.folder === undefined && !collectsOnly)
    found.push(notice('mail', 'is not configured: alerts are only listed'));
  const { folder } = checkpoints;
  if (folder !== undefined)
    found.push(
      statSync(folder, { throwIfNoEntry: false })?.isDirectory()
        ? fine('witness', `${folder} is there`)
        : wrong('witness', `${folder} is not there: checkpoints wait here until it is`),
    );
  return found;
}

async function inStore(context: Context, runsSince: Instant | undefined, signal: AbortSignal): Promise<Diagnosis[]> {
  const { config } = context;
  const now = Date.now();
  try {
    await using store = await storeOf(context, 'attach', signal);
    const hours: SourceHour[] = [];
    let last: Instant | undefined;
    for (const tenant of store.tenants) {
      const db = store.client('read', tenant);
      hours.push(...(await all(db, sourceHours, { from: now - historyMs, toleranceMs: aheadMsMax }, signal)));
      last = latest(last, await lastOf(store, tenant, signal));
    }
    const [, count, unit] = /^(\d+)([sm])$/.exec(config.checkpoints.every) ?? [];
    const everyMs = Number(count) * unitMs[unit as keyof typeof unitMs];
    return [
      fine('store', `answers for ${store.tenants.length} clients`),
      ...holdDiagnoses(holdsIn(await keepingOf(config, store, signal)), config, now),
      ...sourceDiagnoses([...config.sources.keys()], hours, now),
      ...checkpointDiagnosis(last, { now, everyMs, runsSince, folder: config.checkpoints.folder }),
    ];
  } catch (error) {
    if (!isFault(error)) throw error;
    return [wrong('store', error.message)];
  }
}

const latest = (a: Instant | undefined, b: Instant | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b);

async function lastOf(store: Store, tenant: TenantId, signal: AbortSignal): Promise<Instant | undefined> {
  const [row] = await all(store.client('read', tenant), lastCheckpoint, {}, signal);
  return row && Date.parse(readCheckpoint(row.block).at);
}
