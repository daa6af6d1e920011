/** What has been told already is told again: a day's log under another name, after a restart, and imported by hand. */
import { copyFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileMark } from '../../../ingest/sources/file-mark.ts';
import { memoryFile, readMemory } from '../../../ingest/spool-memory.ts';
import { ended } from '../world/part.ts';
import { source, type World } from '../world/world.ts';
import { scenario } from './scenario.ts';

const patienceMs = 600_000;

/** The edge has read the file to its end, and what came of that is in its spool. */
async function readWhole(world: World, file: string): Promise<void> {
  const { ino, size } = statSync(file);
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const place = readMemory(memoryFile(world.data('edge')))?.read[`tail/${source}`] ?? '[]';
    if ((JSON.parse(place) as FileMark[]).some((mark) => mark.ino === ino && mark.offset >= size)) return;
    if (performance.now() > giveUpAt) throw new Error(`${file} is not read; logs in ${world.folder}`);
    await sleep(50);
  }
}

export const dayTwice = scenario(
  'a day sent twice',
  { short: { times: 2, records: 500 }, long: { times: 10, records: 20_000 } },
  async (world, { times, records }) => {
    world.write(records);
    await world.caughtUp(patienceMs);
    const before = await world.onBus();
    for (let n = 0; n < times; n += 1) {
      const again = join(world.folder, 'logs', `again-${world.written}-${n}.log`);
      copyFileSync(world.log, again);
      if (n % 2 === 1) {
        await world.edge.kill();
        world.edge.start();
      }
      world.write(3);
      await world.caughtUp(patienceMs);
      await readWhole(world, again);
      rmSync(again);
    }
    // By hand, where the running collector is asked to stand aside.
    await world.edge.stop();
    const args = ['import', '--source', source, world.log, '--json', '--config', world.config('edge')];
    const { code, err } = await ended(args);
    if (code !== 0) throw new Error(err);
    world.edge.start();
    world.write(3);
    await world.caughtUp(patienceMs);
    return { faults: times + 1, note: `${(await world.onBus()) - before} batches for ${times + 1} repeats of the day` };
  },
);
