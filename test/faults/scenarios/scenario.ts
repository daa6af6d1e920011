/** What every scenario is: faults that come into a running world, short for CI and long for the night, by the same code. */
import { verdictOf } from '../world/verdict.ts';
import type { World } from '../world/world.ts';

/** Everything lands again within this, on a busy machine too. */
const caughtUpMsMax = 300_000;

export interface Outcome {
  readonly faults: number;
  /** From the start of what was down until a reader sees a record that was written after it. */
  readonly restartsMs?: readonly number[];
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
  readonly slowestRestartMs: number | undefined;
  readonly drain: number | undefined;
  readonly note: string;
}

export interface Scenario {
  readonly name: string;
  run(world: World, form: 'short' | 'long'): Promise<Row>;
}

export function scenario<Size>(
  name: string,
  sizes: { readonly short: Size; readonly long: Size },
  body: (world: World, size: Size) => Promise<Outcome>,
): Scenario {
  return {
    name,
    async run(world, form) {
      const { watch } = world;
      const before = { looks: watch.looks, falls: fallsOf(world) };
      watch.begin();
      const { faults, restartsMs = [], drain, folded = false, note = '' } = await body(world, sizes[form]);
      await world.caughtUp(caughtUpMsMax);
      const { doubled, ...verdict } = await verdictOf(world);
      return {
        scenario: name,
        faults,
        ...verdict,
        doubled: Math.max(doubled, watch.worst.batches, folded ? 0 : watch.worst.rows),
        looks: watch.looks - before.looks,
        falls: fallsOf(world) - before.falls,
        slowestRestartMs: restartsMs.length > 0 ? Math.round(Math.max(...restartsMs)) : undefined,
        drain,
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
    run: async (world, form) => ({
      scenario: name,
      foreign: 0,
      reconciled: undefined,
      falls: 0,
      slowestRestartMs: undefined,
      drain: undefined,
      ...(await body(world, sizes[form])),
    }),
  };
}

const fallsOf = ({ edge, vault }: World): number => edge.falls + vault.falls;

/** Milliseconds until a reader sees what is written now. */
export async function servesAgain(world: World, sinceMs = performance.now()): Promise<number> {
  world.write(3);
  await world.caughtUp(caughtUpMsMax);
  return performance.now() - sinceMs;
}

/** After an outage, while records still come: how fast what had piled up came to light, as a multiple of what came in. */
export async function drained(world: World, perSecond: number): Promise<number | undefined> {
  const from = { at: performance.now(), seen: world.watch.last?.accesses ?? 0 };
  // Caught up: what is not seen yet came within the last two seconds, which is what a merge and a look take.
  const isBehind = () => (world.watch.last?.accesses ?? 0) < world.written - 2 * perSecond;
  if (!isBehind()) return undefined;
  while (isBehind()) await world.landed((world.watch.last?.accesses ?? 0) + 1, caughtUpMsMax);
  const seconds = (performance.now() - from.at) / 1_000;
  return ((world.watch.last?.accesses ?? 0) - from.seen) / seconds / perSecond;
}
