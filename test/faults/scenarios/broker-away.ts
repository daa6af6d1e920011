/** The broker is killed and stays away while records go on coming. */
import { setTimeout as sleep } from 'node:timers/promises';
import { drainage, goesOn, rowsOf, scenario } from './scenario.ts';

export const brokerAway = scenario(
  'broker killed and away',
  { short: { awayMs: 6_000, perSecond: 300 }, long: { awayMs: 300_000, perSecond: 500 } },
  async (world, { awayMs, perSecond }) => {
    const drained = await drainage(world, perSecond);
    await using _input = world.input(perSecond);
    await world.broker.stop();
    await sleep(awayMs);
    const before = await rowsOf(world);
    await world.broker.start();
    const listensAt = performance.now();
    const restarts = [await goesOn(world, 'edge and vault, from when the broker listens', before, listensAt)];
    const drain = await drained();
    return { faults: 1, restarts, ...(drain !== undefined && { drain }), note: `away ${awayMs / 1_000} s` };
  },
);
