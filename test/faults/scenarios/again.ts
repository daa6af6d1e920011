/** What has been told already is told again: a day's log under another name, after a restart, and imported by hand. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended } from '../world/part.ts';
import { scenario } from './scenario.ts';

export const dayTwice = scenario(
  'a day sent twice',
  { short: { times: 2, records: 500 }, long: { times: 10, records: 20_000 } },
  async (world, { times, records }) => {
    world.write(records);
    await world.caughtUp(120_000);
    const before = await world.onBus();
    for (let n = 0; n < times; n += 1) {
      const again = join(world.folder, 'logs', `again-${world.written}-${n}.log`);
      copyFileSync(world.log, again);
      if (n % 2 === 1) {
        await world.edge.kill();
        world.edge.start();
      }
      world.write(3);
      await world.caughtUp(120_000);
      await sleep(1_500);
      rmSync(again);
    }
    // By hand, where the running collector is asked to stand aside.
    await world.edge.stop();
    const args = ['import', '--source', 'fs1', world.log, '--json', '--config', world.config('edge')];
    const { code, err } = await ended(args);
    if (code !== 0) throw new Error(err);
    world.edge.start();
    world.write(3);
    await world.caughtUp(120_000);
    return { faults: times + 1, note: `${(await world.onBus()) - before} batches for ${times + 1} repeats of the day` };
  },
);
