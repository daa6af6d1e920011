/** The broker is killed and stays away while records go on coming. */
import { setTimeout as sleep } from 'node:timers/promises';
import { drained, scenario } from './scenario.ts';

export const brokerAway = scenario(
  'broker killed and away',
  { short: { awayMs: 6_000, perSecond: 300 }, long: { awayMs: 300_000, perSecond: 500 } },
  async (world, { awayMs, perSecond }) => {
    await using _input = world.input(perSecond);
    await world.broker.stop();
    await sleep(awayMs);
    const seen = world.watch.last?.accesses ?? 0;
    const startedAt = performance.now();
    await world.broker.start();
    await world.landed(seen + 1, 120_000);
    const restartsMs = [performance.now() - startedAt];
    const drain = await drained(world, perSecond);
    return { faults: 1, restartsMs, ...(drain !== undefined && { drain }), note: `away ${awayMs / 1_000} s` };
  },
);
