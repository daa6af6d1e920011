/** ClickHouse hangs, then goes on at a tenth of its pace; and dies, so that its vault must start it again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Restart } from '../world/restarts.ts';
import { drainage, goesOn, rowsOf, scenario, servesAgain } from './scenario.ts';
import { killStore, storePid } from './store-process.ts';

interface Size {
  readonly hungMs: number;
  readonly slowMs: number;
  readonly perSecond: number;
}

/** Of each 200 ms it gets 20. */
async function slowed(pid: number, forMs: number): Promise<void> {
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    process.kill(pid, 'SIGSTOP');
    await sleep(180);
    process.kill(pid, 'SIGCONT');
    await sleep(20);
  }
}

export const storeHangs = scenario<Size>(
  'ClickHouse hangs, then is slow',
  {
    short: { hungMs: 6_000, slowMs: 4_000, perSecond: 300 },
    long: { hungMs: 600_000, slowMs: 60_000, perSecond: 500 },
  },
  async (world, { hungMs, slowMs, perSecond }) => {
    const drained = await drainage(world, perSecond);
    const before = await rowsOf(world);
    await using _input = world.input(perSecond);
    const pid = await storePid(world);
    process.kill(pid, 'SIGSTOP');
    try {
      await sleep(hungMs);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await slowed(pid, slowMs);
    const restarts = [await goesOn(world, 'vault, from when ClickHouse is itself again', before, performance.now())];
    const drain = await drained();
    const note = `hung ${hungMs / 1_000} s, then slow for ${slowMs / 1_000} s`;
    return { faults: 1, restarts, ...(drain !== undefined && { drain }), note };
  },
);

export const storeDies = scenario(
  'ClickHouse killed',
  { short: { kills: 2, perSecond: 200 }, long: { kills: 20, perSecond: 500 } },
  async (world, { kills, perSecond }) => {
    await using _input = world.input(perSecond);
    const restarts: Restart[] = [];
    for (let n = 0; n < kills; n += 1) {
      const killedAt = performance.now();
      await killStore(world);
      restarts.push(await servesAgain(world, 'ClickHouse, from its death', killedAt));
    }
    return { faults: kills, restarts };
  },
);
