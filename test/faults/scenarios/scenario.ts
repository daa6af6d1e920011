/** What every scenario is: faults that come into a running world, short for CI and long for the night, by the same code. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Restart, type RestartTimes, timesOf } from '../world/restarts.ts';
import { countedVerdict, verdictOf } from '../world/verdict.ts';
import type { World } from '../world/world.ts';

/** Patience: everything lands again within this, on a busy machine too. */
const caughtUpMsMax = 900_000;
const drainPollMs = 50;
/** A backlog is to come to light at so many times the rate at which records go on coming. */
export const drainMin = 3;

export interface Outcome {
  readonly faults: number;
  readonly restarts?: readonly Restart[];
  /** Records that came to light per second while a backlog drained, over those that came in per second. */
  readonly drain?: number;
  /** Rows may come twice, since what was read is read again by one who has forgotten it; no reader may see that. */
  readonly folded?: boolean;
  /** What else a person wants to know. */
  readonly note?: string;
}

export interface Row {
  readonly scenario: string;
  readonly faults: number;
  readonly written: number;
  readonly lost: number;
  /** For whoever asked at whatever moment, rows of the tables included, and as told at the end. */
  readonly doubled: number;
  readonly foreign: number;
  readonly looks: number;
  readonly reconciled: boolean | undefined;
  /** Times a process ended without being told to. */
  readonly falls: number;
  /** By process; what started while something else was still down stands apart. */
  readonly restarts: Readonly<Record<string, RestartTimes>>;
  readonly drain: number | undefined;
  readonly ms: number;
  readonly note: string;
}

/** `at once`: as `cordon accesses` tells it. `later`: from counts of the tables, and told once when all is over. */
export type Judging = 'at once' | 'later';

export interface Scenario {
  readonly name: string;
  run(world: World, form: 'short' | 'long', judging: Judging): Promise<Row>;
}

export function scenario<Size>(
  name: string,
  sizes: { readonly short: Size; readonly long: Size },
  body: (world: World, size: Size) => Promise<Outcome>,
): Scenario {
  return {
    name,
    async run(world, form, judging) {
      const begun = performance.now();
      const { watch } = world;
      const before = { looks: watch.looks, falls: fallsOf(world) };
      watch.begin();
      const { faults, restarts = [], drain, folded = false, note = '' } = await body(world, sizes[form]);
      await world.caughtUp(caughtUpMsMax);
      const { doubled, ...verdict } = await (judging === 'at once' ? verdictOf(world) : countedVerdict(world));
      return {
        scenario: name,
        faults,
        ...verdict,
        doubled: Math.max(doubled, watch.worst.batches, folded ? 0 : watch.worst.rows),
        looks: watch.looks - before.looks,
        falls: fallsOf(world) - before.falls,
        restarts: timesOf(restarts),
        drain,
        ms: Math.round(performance.now() - begun),
        note: folded ? `${note}; ${watch.worst.rows} rows twice in tables, folded by readers` : note,
      };
    },
  };
}

/** One that has its own store and streams, and says itself what became of them. */
export function scenarioAside<Size>(
  name: string,
  sizes: { readonly short: Size; readonly long: Size },
  body: (world: World, size: Size) => Promise<Pick<Row, 'faults' | 'written' | 'lost' | 'doubled' | 'looks' | 'note'>>,
): Scenario {
  return {
    name,
    async run(world, form) {
      const begun = performance.now();
      const outcome = await body(world, sizes[form]);
      const ms = Math.round(performance.now() - begun);
      return {
        scenario: name,
        foreign: 0,
        reconciled: undefined,
        falls: 0,
        restarts: {},
        drain: undefined,
        ms,
        ...outcome,
      };
    },
  };
}

const fallsOf = ({ edge, vault }: World): number => edge.falls + vault.falls;

/** From `sinceMs` until a reader sees what is written now. */
export async function servesAgain(world: World, of: string, sinceMs = performance.now()): Promise<Restart> {
  await world.sees(caughtUpMsMax);
  return { of, ms: performance.now() - sinceMs };
}

/**
 * Asked for while everything has landed, before an outage; what it gives is called after it, while records go on coming at this
 * rate. That measures what comes to light per second, from the first of the backlog on until no more is missing than came
 * within the last two seconds, which is what a merge takes, and says it as a multiple of the rate. `undefined`: there was no backlog.
 */
export async function drainage(world: World, perSecond: number): Promise<() => Promise<number | undefined>> {
  await world.caughtUp(caughtUpMsMax);
  const others = (await rowsOf(world)) - world.written;
  const isBehind = (rows: number): boolean => world.written - (rows - others) > 2 * perSecond;
  return async () => {
    const before = await rowsOf(world);
    if (!isBehind(before)) return undefined;
    const begun = performance.now();
    let rows = before;
    let from = { at: begun, rows };
    for (; isBehind(rows); rows = await rowsOf(world)) {
      if (from.rows === before && rows > before) from = { at: performance.now(), rows };
      if (performance.now() - begun > caughtUpMsMax)
        throw new Error(`the backlog does not drain; logs in ${world.folder}`);
      await sleep(drainPollMs);
    }
    return (rows - from.rows) / ((performance.now() - from.at) / 1_000) / perSecond;
  };
}

/** From `sinceMs` until a reader sees more than there was: what waited comes to light. */
export async function goesOn(world: World, of: string, before: number, sinceMs: number): Promise<Restart> {
  while ((await rowsOf(world)) <= before) {
    if (performance.now() - sinceMs > caughtUpMsMax) throw new Error(`nothing comes to light; logs in ${world.folder}`);
    await sleep(drainPollMs);
  }
  return { of, ms: performance.now() - sinceMs };
}

/** Waits while nobody answers. */
export async function rowsOf(world: World): Promise<number> {
  for (;;) {
    const rows = await world.rows();
    if (rows !== undefined) return rows;
    await sleep(drainPollMs);
  }
}
