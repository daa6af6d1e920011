/**
 * Spool → bus → lander, running beside whatever fills the spool. Over Kafka the two ends are in different processes: one
 * without a store has no lander, and what has been handed to the brokers is done with.
 */
import { setMaxListeners } from 'node:events';
import { ownClusters } from '../core/tenants-config.ts';
import type { Bus } from '../ingest/bus/bus.ts';
import { busByTenant } from '../ingest/bus/by-tenant.ts';
import { kafkaBus } from '../ingest/bus/kafka-bus.ts';
import { localBus } from '../ingest/bus/local.ts';
import { memberFile } from '../ingest/bus/membership.ts';
import { Forwarder } from '../ingest/forward.ts';
import type { Seals } from '../ingest/intake.ts';
import type { Landed, Lander, Refused } from '../ingest/land.ts';
import { LandLog } from '../ingest/land-log.ts';
import type { Spool } from '../ingest/spool.ts';
import { openSpool } from '../ingest/spool-repair.ts';
import { lockData } from '../store/data-lock.ts';
import type { Store } from '../store/index.ts';
import { type Context, storeOf } from './context.ts';
import { sealsOf } from './keyring.ts';
import type { Heads } from './spread-heads.ts';
import { openLander } from './vault.ts';

const lockWaitMs = 5_000;

export interface Pipeline extends AsyncDisposable {
  readonly spool: Spool;
  readonly seals: Seals;
  /** `undefined`: somebody else lands. */
  readonly lander: Lander | undefined;
  /** Resolves when all that is in the spool has landed, or is with the brokers. Throws what stopped the pipeline. */
  drained(signal: AbortSignal): Promise<void>;
  /** Rejects when the pipeline has failed; never resolves. */
  readonly failed: Promise<never>;
  readonly bus: Bus;
  /** `undefined`: somebody else lands. */
  readonly landLog: LandLog | undefined;
  /** How far each stream has landed here: by tenant and collector, the next number. */
  landed(): Heads;
}

export interface PipelineOptions {
  /** Where to land; `undefined`: not here. */
  readonly store: Store | undefined;
  readonly ageMs?: number;
  readonly onLanded?: (landed: Landed) => void;
  readonly onRefused?: (refused: Refused) => void;
}

/** Whether what this process collects is landed by this process. */
export const landsHere = ({ config }: Context): boolean => config.bus === 'local';

/** What a verb that fills the spool must hold: the store if it is landed here, else the data folder alone. */
export async function holdForFilling(
  context: Context,
  signal: AbortSignal,
): Promise<AsyncDisposable & { readonly store: Store | undefined }> {
  const held = landsHere(context)
    ? await storeOf(context, 'own', signal)
    : await lockData(context.config.data, { purpose: 'serve', waitMs: lockWaitMs, signal });
  return {
    store: 'client' in held ? held : undefined,
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

function openBus(
  { config, env, log }: Context,
  tenants: () => Store['tenants'],
  landLog: LandLog | undefined,
): Bus & Partial<AsyncDisposable> {
  if (config.bus !== 'local') {
    const own = ownClusters(config.tenants).flatMap(({ at, tenants: theirs }) => {
      const received = () => tenants().filter((tenant) => theirs.includes(tenant));
      const bus = kafkaBus({ config: at, env, log, tenants: received, memberFile: memberFile(config.data, at) });
      return theirs.map((tenant) => [tenant, bus] as const);
    });
    const byTenant = new Map(own);
    const others = () => tenants().filter((tenant) => !byTenant.has(tenant));
    const { kafka } = config.bus;
    const shared = kafkaBus({ config: kafka, env, log, tenants: others, memberFile: memberFile(config.data, kafka) });
    return byTenant.size === 0 ? shared : busByTenant(shared, byTenant);
  }
  // Without a lander nothing is refused either.
  const dead = landLog ?? { bury: () => false };
  return localBus(dead, ({ header: { tenant, collector, seq } }) =>
    log.error(
      { tenant, collector, seq },
      'no room for another dead letter: the batch waits in the spool; see cordon replay-dead',
    ),
  );
}

export async function startPipeline(
  context: Context,
  { store, ageMs, onLanded, onRefused }: PipelineOptions,
): Promise<Pipeline> {
  const { config, log } = context;
  const spool = await openSpool(config.data, log);
  // Whoever lands is the vault, where the tenants' keys are made; an edge has what it was given of them.
  const seals = sealsOf(context, { makes: store !== undefined });
  const landLog = store && new LandLog(config.data);
  const bus = openBus(context, () => store?.tenants ?? [], landLog);
  const forwarder = new Forwarder({ spool, bus, log });
  const more = {
    ...(ageMs !== undefined && { ageMs }),
    ...(onLanded && { onLanded }),
    ...(onRefused && { onRefused }),
  };
  const lander = store && landLog && openLander(context, { bus, store, landLog, ...more });
  const stop = new AbortController();
  // Every batch under way listens for the stop; their number is bounded by the forwarder.
  setMaxListeners(0, stop.signal);
  const parts = [forwarder.run(stop.signal), ...(lander ? [lander.run(stop.signal)] : [])];
  const failed = new Promise<never>((_, reject) => {
    Promise.all(parts).catch(reject);
    // Nothing would ever land again, and the lander would try for ever.
    store?.failed.catch(reject);
  });
  // Whoever waits for `drained` or `failed` hears of it; nobody else need.
  failed.catch(() => undefined);

  return {
    spool,
    seals,
    lander,
    bus,
    landLog,
    failed,
    landed: () => landLog?.heads() ?? {},
    async drained(signal) {
      lander?.hurry();
      // Also told when the pipeline is closed: after a failure nobody would ever empty the spool.
      await Promise.race([forwarder.drained(AbortSignal.any([signal, stop.signal])), failed]);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      // Both: one may have failed while the other still writes.
      await Promise.allSettled(parts);
      await bus[Symbol.asyncDispose]?.();
      await spool[Symbol.asyncDispose]();
      await landLog?.[Symbol.asyncDispose]();
    },
  };
}
