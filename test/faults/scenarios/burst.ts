/** Ten times the usual rate for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import { drainage, scenario } from './scenario.ts';

export const burst = scenario(
  '10× burst',
  { short: { usual: 200, usualMs: 2_000, burstMs: 4_000 }, long: { usual: 200, usualMs: 10_000, burstMs: 300_000 } },
  async (world, { usual, usualMs, burstMs }) => {
    const drained = await drainage(world, usual);
    await using _usual = world.input(usual);
    await sleep(usualMs);
    let behindMax = 0;
    {
      await using _burst = world.input(9 * usual);
      const until = performance.now() + burstMs;
      while (performance.now() < until) {
        await sleep(200);
        behindMax = Math.max(behindMax, world.written - (world.watch.last?.accesses ?? 0));
      }
    }
    const drain = await drained();
    const note = `at most ${behindMax} records behind at ${10 * usual} a second`;
    return { faults: 1, ...(drain !== undefined && { drain }), note };
  },
);
