/** Two collectors on one file: of one data folder, and on two machines under one name. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended } from '../world/part.ts';
import { scenario } from './scenario.ts';

/** Patience. */
const refusedWithinMs = 120_000;

export const twoCollectors = scenario(
  'two collectors on one file',
  { short: { perSecond: 100, togetherMs: 1_000 }, long: { perSecond: 500, togetherMs: 60_000 } },
  async (world, { perSecond, togetherMs }) => {
    await using _input = world.input(perSecond);
    // The same folder: the second is told who is there.
    const second = await ended(['start', '--role', 'collect', '--config', world.config('edge')]);
    if (second.code !== 1 || !second.err.includes('in use by process')) throw new Error(second.err);
    // Another machine that says it is the same source, with a key that the vault does not know.
    const name = `twin-${world.written}`;
    const twin = await world.addEdge(name, { register: false });
    const before = await world.dead();
    twin.start();
    const giveUpAt = performance.now() + refusedWithinMs;
    while ((await world.dead()) === before) {
      if (performance.now() > giveUpAt) throw new Error('nothing of the unregistered collector was refused');
      await sleep(100);
    }
    await sleep(togetherMs);
    await twin.stop();
    rmSync(join(world.folder, name), { recursive: true });
    return { faults: 2, note: 'what the unregistered one sent are dead letters' };
  },
);
