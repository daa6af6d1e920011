/** Logs rotated under a collector that reads them, while they are written: by rename, and by copy-and-truncate. */
import { copyFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scenario } from './scenario.ts';

interface Size {
  readonly rotations: number;
  readonly records: number;
  readonly restSeconds: number;
}

export const rotation = scenario<Size>(
  'rotation by rename and by copy-truncate',
  {
    short: { rotations: 6, records: 400, restSeconds: 0.4 },
    long: { rotations: 200, records: 1_000, restSeconds: 0.5 },
  },
  async (world, { rotations, records, restSeconds }) => {
    for (let n = 1; n <= rotations; n += 1) {
      world.write(records);
      // A third of the time the collector has not seen the last of it.
      if (n % 3 !== 0) await sleep(restSeconds * 1_000);
      const aside = join(world.folder, 'logs', `audit-${world.written}.log`);
      if (n % 2 === 0) {
        renameSync(world.log, aside);
        // The writer still has the old file open for a moment, as a daemon does until it is told.
        world.log = aside;
        world.write(records / 2);
        world.log = join(world.folder, 'logs', 'audit.log');
        writeFileSync(world.log, '');
      } else {
        copyFileSync(world.log, aside);
        truncateSync(world.log);
      }
      if (n % 5 === 0) {
        await world.edge.kill();
        world.edge.start();
      }
    }
    world.write(records);
    return { faults: rotations };
  },
);
