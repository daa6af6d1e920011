/**
 * The canary of `cordon doctor --canary`: from a record of each source's own format, written now, to a candidate, through
 * the real collector, seal, spool, lander, store and live judge; and each detector's own examples through the firm's rules.
 * It flies in a firm of its own, in a folder that is gone afterwards: nothing of it comes near real data, baselines,
 * evidence or mail. So it proves what this configuration, version and machine do, not that a source speaks today: that is
 * what the doctor says of each source besides.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isoOf } from '../core/time.ts';
import type { Instant } from '../core/types.ts';
import { writePrivately } from '../core/write-whole.ts';
import type { Detector, Settings } from '../detectors/detector.ts';
import type { Rules } from '../detectors/rules.ts';
import { canaryRecords, canaryResources } from '../ingest/collectors/parts/canary-records.ts';
import type { Store } from '../store/index.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import type { Io } from './command.ts';
import { type Context, loadContext, storeOf } from './context.ts';
import { settingsOf } from './edge.ts';
import { runCordon } from './runtime.ts';
import { trialFolder } from './trial-folder.ts';

const client = 'canary';
const other = 'aviary';
const waitMsMax = 120_000;
const lookEveryMs = 250;
/** Before so many days a flight is recent. */
export const canaryDaysMax = 7;

export interface Flown {
  readonly source: string;
  /** From the act to the candidate; absent: none came. */
  readonly minutes?: number;
  /** Why there was none to come. */
  readonly unable?: string;
}

export interface Spoke {
  readonly detector: string;
  /** `off`: the rules have turned it off. */
  readonly is: 'speaks' | 'silent' | 'off';
}

export interface Flight {
  /** ISO 8601. */
  readonly at: string;
  readonly sources: readonly Flown[];
  readonly detectors: readonly Spoke[];
}

const fileOf = (dataDir: string): string => join(dataDir, 'canary.json');

/** The last one, if there ever was any. */
export function lastFlight(dataDir: string): Flight | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Flight;
  } catch {
    return undefined;
  }
}

export async function flyCanary(context: Context, io: Io): Promise<Flight> {
  const begun = Date.now();
  const sources = await throughSources(context, io);
  const flight = { at: isoOf(begun), sources, detectors: throughDetectors(context.rules) };
  const { data } = context.config;
  mkdirSync(data, { recursive: true });
  writePrivately(fileOf(data), JSON.stringify(flight));
  return flight;
}

/** Every example that speaks as the detector comes must be heard with the settings the firm gave it. */
export const throughDetectors = (rules: Rules): Spoke[] =>
  rules.detectors.map((detector) => {
    const { enabled, settings } = rules.of(detector.name);
    if (!enabled) return { detector: detector.name, is: 'off' };
    return { detector: detector.name, is: heard(detector, settings, rules) ? 'speaks' : 'silent' };
  });

function heard({ examples, judge }: Detector, settings: Settings, rules: Rules): boolean {
  const said = examples
    .filter(({ speaks }) => speaks.length > 0)
    .map(({ scene }) => rules.ruled(judge(scene as never, settings as never)));
  return said.some((findings) => findings.length > 0);
}

async function throughSources(context: Context, io: Io): Promise<Flown[]> {
  const flying = [...context.config.sources.values()].filter(({ collector }) => canaryRecords[collector]);
  const grounded = [...context.config.sources.values()]
    .filter(({ collector }) => !canaryRecords[collector])
    .map(({ name, collector }): Flown => ({ source: name, unable: `there is no canary record for ${collector} yet` }));
  if (flying.length === 0) return grounded;
  await using trial = await trialFolder(context.config.data, 'canary');
  const folder = trial.path;
  const config = writeFirm(
    folder,
    context,
    flying.map(({ name }) => name),
  );
  return [...(await fly(loadContext({ config }, io), context, folder, io.signal)), ...grounded];
}

const personOf = (index: number): string => `canary-${index}`;
const logOf = (folder: string, index: number): string => join(folder, `${index}.log`);

/** Each source has a person of its own, who works for one client and reads the other, across a barrier: a fact on the first day. */
function writeFirm(folder: string, { config }: Context, names: readonly string[]): string {
  const sources = names.map((name) => config.sources.get(name)).filter((source) => source !== undefined);
  const directory = {
    firm: { name: 'Canary', time_zone: 'UTC', domains: ['canary.example'] },
    clients: [
      {
        id: client,
        name: client,
        resources: sources.map(({ name, collector }) => canaryResources(name, collector, client)),
      },
      { id: other, name: other },
    ],
    people: names.map((name, i) => ({
      id: personOf(i),
      name: personOf(i),
      accounts: { [name]: [personOf(i), `CANARY\\${personOf(i)}`] },
    })),
    barriers: [{ between: [client, other], kind: 'absolute' }],
  };
  const since = '2020-01-01T00:00:00Z';
  const facts = names.map((_, i) => ({
    recorded_at: since,
    op: 'assign',
    person: personOf(i),
    client: other,
    from: since,
  }));
  const settings = sources.map(({ name, collector, time_zone, prefix, log_line_prefix }, i) => {
    writeFileSync(logOf(folder, i), '');
    return [name, { collector, tail: logOf(folder, i), time_zone, prefix, log_line_prefix }] as const;
  });
  writeFileSync(join(folder, 'directory.json'), JSON.stringify(directory));
  writeFileSync(join(folder, 'facts.jsonl'), facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
  const own = {
    data: './data',
    directory: './directory.json',
    facts: './facts.jsonl',
    sources: Object.fromEntries(settings),
  };
  writeFileSync(join(folder, 'cordon.yaml'), JSON.stringify({ ...own, log_level: 'error' }));
  return join(folder, 'cordon.yaml');
}

async function fly(own: Context, { config }: Context, folder: string, signal: AbortSignal): Promise<Flown[]> {
  const stop = new AbortController();
  let up: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    up = resolve;
  });
  const running = runCordon(own, {
    roles: new Set(['collect', 'land', 'judge'] as const),
    notifiers: [],
    program: 'cordon',
    signal: AbortSignal.any([signal, stop.signal]),
    onReady: () => up(),
  });
  try {
    await Promise.race([ready, running]);
    await using store = await storeOf(own, 'attach', signal);
    const at = Date.now();
    for (const [i, name] of [...own.config.sources.keys()].entries()) {
      const source = config.sources.get(name);
      const write = source && canaryRecords[source.collector];
      if (write) appendFileSync(logOf(folder, i), `${write({ at, login: personOf(i), client }, settingsOf(source))}\n`);
    }
    return await seen(store, [...own.config.sources.keys()], at, signal);
  } finally {
    stop.abort();
    await running.catch(() => undefined);
  }
}

/** Looks until all have come, or for as long as it waits. */
async function seen(store: Store, names: readonly string[], at: Instant, signal: AbortSignal): Promise<Flown[]> {
  const everyDay = { from: '2000-01-01', until: '2149-01-01' };
  const came = new Map<string, number>();
  while (came.size < names.length && Date.now() - at < waitMsMax) {
    const candidates = await candidatesOf(store.firm('read'), everyDay, signal);
    const minutes = (Date.now() - at) / 60_000;
    for (const [i, name] of names.entries())
      if (!came.has(name) && candidates.some(({ actor }) => actor === personOf(i))) came.set(name, minutes);
    if (came.size < names.length) await sleep(lookEveryMs, undefined, { signal });
  }
  return names.map((source) => {
    const minutes = came.get(source);
    return { source, ...(minutes !== undefined && { minutes }) };
  });
}
