/** The file of an edge's spool is torn, changed, zeroed, cut or gone, with batches in it that the broker has not got. */
import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dice } from '../../helpers/firm.ts';
import type { Restart } from '../world/restarts.ts';
import { scenario, servesAgain } from './scenario.ts';

const pageBytes = 4_096;

type Damage = (file: string, random: () => number) => void;

const overwrite = (file: string, at: number, bytes: Buffer): void => {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
};
const somePage = (file: string, random: () => number): number =>
  Math.floor((random() * statSync(file).size) / pageBytes) * pageBytes;

const damages: Readonly<Record<string, Damage>> = {
  torn: (file, random) =>
    overwrite(file, somePage(file, random) + pageBytes / 2, Buffer.alloc(pageBytes / 2, random().toString())),
  flipped: (file, random) => {
    const at = somePage(file, random) + Math.floor(random() * pageBytes);
    overwrite(file, at, Buffer.of((readFileSync(file)[at] ?? 0) ^ 16));
  },
  zeroed: (file, random) => overwrite(file, somePage(file, random), Buffer.alloc(pageBytes)),
  'without its end': (file) => truncateSync(file, statSync(file).size / 2),
  'without its beginning': (file) => overwrite(file, 0, Buffer.alloc(2 * pageBytes)),
  gone: (file) => rmSync(file),
};

interface Size {
  readonly rounds: number;
  readonly records: number;
  readonly seed: number;
}

export const spoolDamage = scenario<Size>(
  'torn, flipped, zeroed, missing spool pages',
  { short: { rounds: 1, records: 900, seed: 3 }, long: { rounds: 20, records: 6_000, seed: Date.now() % 1_000_000 } },
  async (world, { rounds, records, seed }) => {
    const random = dice(seed);
    const restarts: Restart[] = [];
    let faults = 0;
    for (let round = 0; round < rounds; round += 1) {
      // While the broker is away, batches stay in the spool.
      await world.broker.stop();
      for (const damage of Object.values(damages)) {
        world.write(records);
        await sleep(1_000);
        await world.edge.kill();
        damage(join(world.data('edge'), 'spool', 'data.mdb'), random);
        faults += 1;
        world.edge.start();
        await sleep(1_500);
      }
      await world.broker.start();
      restarts.push(await servesAgain(world, 'edge and vault, from when the broker listens'));
    }
    return { faults, restarts, folded: true, note: `seed ${seed}` };
  },
);
