/** The running Cordon: collectors, lander, judge, alerts and pages in one process, each a loop of its own. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Notice } from '../alerts/notice.ts';
import type { Notifier } from '../alerts/notifier.ts';
import { everyTick } from '../alerts/schedule.ts';
import { Fault, isFault } from '../core/errors.ts';
import { createExplainer, type Explainer } from '../core/explain.ts';
import { type Dashboard, startDashboard } from '../dashboards/server/server.ts';
import { storeDesk } from '../dashboards/server/store-desk.ts';
import type { SourceCounts } from '../ingest/source-counts.ts';
import { Tail } from '../ingest/sources/tail.ts';
import type { Store } from '../store/index.ts';
import { alertEvents } from '../store/queries/alert-states.ts';
import { readingAs } from '../store/reads/reader.ts';
import { CheckpointMailer } from './checkpoint-mail.ts';
import { CheckpointMaker, checkpointEveryMs } from './checkpoints.ts';
import { type Context, landsAlone, storeOf } from './context.ts';
import { listenForLinks } from './control.ts';
import { Duties, type Duty, duties, holderOf } from './duties.ts';
import { openSource } from './edge.ts';
import { letHeapGrow } from './heap-growth.ts';
import { factsOf } from './judging.ts';
import { openerOf } from './keyring.ts';
import { LiveJudge } from './live-judge.ts';
import { holdForFilling, landsHere, type Pipeline, startPipeline } from './pipeline.ts';
import { signReads } from './read-heads.ts';
import { Refusals } from './refusals.ts';
import { holdKeeper } from './retention.ts';
import { SaidLog, StoredSaid } from './said-log.ts';
import { saveCounted } from './spread-heads.ts';
import { StoreLandings } from './store-landings.ts';
import { StoredCandidates } from './stored-candidates.ts';
import { Teller } from './telling.ts';
import { TimeStampKeeper } from './time-stamps.ts';

export const roles = ['collect', 'land', 'judge', 'alert', 'serve'] as const;
export type Role = (typeof roles)[number];

/** Every two seconds: from landing to candidate takes about one. */
const judgeSchedule = { name: 'judge', expression: '*/2 * * * * *', limitMs: 600_000 };
const giveUpMsMax = 5_000;
const checkpointMsMax = 240_000;
const checkpointBehindMsMax = 20_000;
/** Once an hour it is seen whose day is over. */
const checkpointMailSchedule = { name: 'checkpoint-mail', expression: '0 17 * * * *', limitMs: 600_000 };

export interface RuntimeOptions {
  readonly roles: ReadonlySet<Role>;
  readonly notifiers: readonly Notifier[];
  /** How `cordon` is called where somebody will paste a command. */
  readonly program: string;
  readonly signal: AbortSignal;
  readonly onReady?: (ready: { readonly dashboard: Dashboard | undefined }) => void;
  readonly onFlush?: (source: string, counts: SourceCounts) => void;
  readonly onSent?: (notice: Notice) => void;
  readonly onJudged?: (candidates: number) => void;
}

/** Runs until the signal is aborted; throws what stopped it. What it reads, it reads as a service; the pages say who asks there. */
export const runCordon = (context: Context, options: RuntimeOptions): Promise<void> =>
  readingAs({ who: 'cordon', kind: 'service', purpose: 'start' }, () => running(context, options));

async function running(context: Context, options: RuntimeOptions): Promise<void> {
  if (options.roles.has('land')) letHeapGrow('landing');
  const { config, log } = context;
  if (!landsHere(context) && [...options.roles].every((role) => role === 'collect')) return runEdge(context, options);
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  await using store = await storeOf(context, 'own', signal);
  const explainer = rememberedExplainer(context);
  const alone = landsAlone(context);
  const judge = new LiveJudge(context, store, Date.now, alone ? undefined : new StoreLandings(store, log));
  const judged = new StoredCandidates(store);
  const refusals = new Refusals();
  const own = alone ? undefined : await ownDuties(context, store, options, signal);
  const has = (duty: Duty): boolean => options.roles.has(duty) && (own?.has(duty) ?? true);
  await using pipeline = await startPipeline(context, {
    store: landsHere(context) || options.roles.has('land') ? store : undefined,
    ...(options.roles.has('judge') && alone && { onLanded: (landed) => judge.landed(landed) }),
    onRefused: (refused) => refusals.note(refused),
  });
  await using dashboard = options.roles.has('serve')
    ? await servePages(context, { store, explainer, signal })
    : undefined;
  const control = dashboard && (await listenForLinks(config.data, (path) => dashboard.oneTimeLink(path)));
  const teller = new Teller({
    context,
    store,
    notifiers: options.notifiers,
    said: alone ? new SaidLog(config.data) : new StoredSaid(store, new SaidLog(config.data)),
    explainer,
    pageOf: (alert) => dashboard && `${dashboard.url}/alerts/${alert}`,
    program: options.program,
    ...(options.onSent && { onSent: options.onSent }),
  });
  const tick = async (tickSignal: AbortSignal): Promise<void> => {
    await refusals.save(store, tickSignal);
    const heads = pipeline.landed();
    if (!has('judge')) judge.rest();
    else if (await judge.tick(tickSignal)) {
      if (alone) saveCounted(config.data, heads);
      options.onJudged?.(judge.candidates.length);
    }
    if (!has('alert')) return teller.rest();
    const candidates = has('judge') ? judge.candidates : await judged.read(tickSignal);
    await teller.tick([...candidates, ...(await refusals.candidates(store, tickSignal))], tickSignal);
  };
  const loops = [
    ...(options.roles.has('collect') ? tailAll(context, pipeline, options, signal) : []),
    everyTick(judgeSchedule, tick, { log, signal }),
    ...(own ? [own.keep(signal)] : []),
    ...(options.roles.has('land') ? [checkpointing(context, store, signal)] : []),
    ...(options.roles.has('alert') && config.checkpoints.mail
      ? [checkpointMails(context, store, { ...options, has }, signal)]
      : []),
  ];
  options.onReady?.({ dashboard });
  try {
    await Promise.race([Promise.all(loops), pipeline.failed, store.failed]);
  } finally {
    ended.abort();
    control?.close();
    await Promise.allSettled(loops);
    await own?.giveUp(AbortSignal.timeout(giveUpMsMax)).catch(() => undefined);
  }
}

/** What of its roles one process alone may have: looked at once before anything begins. */
async function ownDuties(
  { config, log }: Context,
  store: Store,
  { roles: named }: RuntimeOptions,
  signal: AbortSignal,
): Promise<Duties> {
  const wanted = duties.filter((duty) => named.has(duty));
  const own = new Duties(store, { wanted, holder: holderOf(config.data), log });
  try {
    await own.look(signal);
  } catch (error) {
    if (!isFault(error, 'STORE_REFUSED')) throw error;
    const why = `the store does not let this Cordon take a duty; run \`cordon tenants apply\` (${error.message})`;
    throw new Fault('STORE_REFUSED', why, error.about, error);
  }
  return own;
}

function servePages(
  context: Context,
  { store, explainer, signal }: { store: Store; explainer: () => Explainer; signal: AbortSignal },
): Promise<Dashboard> {
  const { config, directory, log } = context;
  return startDashboard({
    listen: config.dashboard.listen,
    desk: storeDesk({
      store,
      opener: openerOf(context),
      directory,
      explainer,
      events: (asked) => alertEvents(store.firm('read'), asked),
    }),
    log,
    signal,
    firm: { name: directory.firm.name, time_zone: directory.firm.time_zone },
  });
}

/** Collectors and nothing else: no store, and no key but their own. */
async function runEdge(context: Context, options: RuntimeOptions): Promise<void> {
  letHeapGrow('collecting');
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  await using _held = await holdForFilling(context, signal);
  await using pipeline = await startPipeline(context, { store: undefined });
  const loops = tailAll(context, pipeline, options, signal);
  options.onReady?.({ dashboard: undefined });
  try {
    await Promise.race([Promise.all(loops), pipeline.failed]);
  } finally {
    ended.abort();
    await Promise.allSettled(loops);
  }
}

/** At each tick of the clock, empty or not, whatever else goes on. */
function checkpointing(context: Context, store: Store, signal: AbortSignal): Promise<unknown> {
  const { config, log } = context;
  const everyMs = checkpointEveryMs(config);
  const expression = everyMs < 60_000 ? `*/${everyMs / 1_000} * * * * *` : `0 */${everyMs / 60_000} * * * *`;
  // Landers elsewhere have the same clock: the first of them makes all, and the others find them made.
  const behindMs =
    config.bus === 'local' && landsAlone({ config }) ? 0 : Math.random() * Math.min(checkpointBehindMsMax, everyMs / 4);
  const maker = new CheckpointMaker({ config, log }, store);
  const holds = holdKeeper(context, store);
  const stamps = new TimeStampKeeper({ config, log }, store);
  const schedule = { name: 'checkpoints', expression, limitMs: checkpointMsMax };
  const tick = async (tickSignal: AbortSignal): Promise<void> => {
    await sleep(behindMs, undefined, { signal: tickSignal });
    await maker.tick(tickSignal);
    await signReads(config, Date.now(), tickSignal);
    await holds(tickSignal);
    await stamps.tick(tickSignal);
  };
  return everyTick(schedule, tick, { log, signal });
}

function checkpointMails(
  context: Context,
  store: Store,
  { notifiers, has }: Pick<RuntimeOptions, 'notifiers'> & { readonly has: (duty: Duty) => boolean },
  signal: AbortSignal,
): Promise<unknown> {
  const mailer = new CheckpointMailer(context, store, notifiers);
  const run = async (tick: AbortSignal): Promise<void> => {
    if (has('alert')) await mailer.tick(tick);
  };
  return everyTick(checkpointMailSchedule, run, { log: context.log, signal });
}

function tailAll(
  context: Context,
  pipeline: Pipeline,
  { onFlush }: RuntimeOptions,
  signal: AbortSignal,
): Promise<void>[] {
  const owners = new Map<string, Map<string, string>>();
  return [...context.config.sources.values()].map(({ name, tail, collector }) => {
    const ofCollector = owners.get(collector) ?? new Map<string, string>();
    owners.set(collector, ofCollector);
    const { framing, intake } = openSource(context, name, pipeline);
    const heard = onFlush && ((counts: SourceCounts) => onFlush(name, counts));
    const { log } = context;
    return new Tail({
      source: name,
      patterns: tail,
      framing,
      intake,
      spool: pipeline.spool,
      log,
      owners: ofCollector,
      ...(heard && { onFlush: heard }),
    }).run(signal);
  });
}

/** Made anew only when facts were imported. */
function rememberedExplainer(context: Context): () => Explainer {
  let known: { readonly count: number; readonly explainer: Explainer } | undefined;
  return () => {
    const facts = factsOf(context);
    if (known?.count !== facts.length)
      known = { count: facts.length, explainer: createExplainer(context.directory, facts) };
    return known.explainer;
  };
}
