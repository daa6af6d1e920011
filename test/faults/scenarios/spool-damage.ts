/** The file of an edge's spool is torn, changed, zeroed, cut or gone, with batches in it that the broker has not got. */
import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dice } from '../../../cli/demo/dice.ts';
import { memoryFile, readMemory } from '../../../ingest/spool-memory.ts';
import type { Restart } from '../world/restarts.ts';
import { source, type World } from '../world/world.ts';
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

/** Patience. */
const sealsWithinMs = 300_000;

/** How many batches the edge has ever put into its spool: its second memory says so, which nothing here damages. */
function sealed(world: World): number {
  const heads = Object.values(readMemory(memoryFile(world.data('edge')))?.heads[source] ?? {});
  return heads.reduce((sum, { seq }) => sum + seq, 0);
}

/** Some of these records are in the spool when it resolves, so there is something to damage, and the edge serves. */
async function writeUntilSealed(world: World, records: number): Promise<void> {
  const giveUpAt = performance.now() + sealsWithinMs;
  const before = sealed(world);
  world.write(records);
  while (sealed(world) <= before) {
    if (performance.now() > giveUpAt) throw new Error(`the edge seals nothing; logs in ${world.folder}`);
    await sleep(20);
  }
}

interface Size {
  readonly rounds: number;
  readonly records: number;
  readonly seed: number;
}

export const spoolDamage = scenario<Size>(
  'torn, flipped, zeroed, missing spool pages',
  { short: { rounds: 1, records: 900, seed: 3 }, long: { rounds: 20, records: 6_000, seed: Date.now() % 1_000_000 } },
  async (world, { rounds, records, seed }) => {
    const random = dice(seed).roll;
    const restarts: Restart[] = [];
    let faults = 0;
    for (let round = 0; round < rounds; round += 1) {
      // While the broker is away, batches stay in the spool.
      await world.broker.stop();
      for (const damage of Object.values(damages)) {
        await writeUntilSealed(world, records);
        await sleep(random() * 500);
        await world.edge.kill();
        damage(join(world.data('edge'), 'spool', 'data.mdb'), random);
        faults += 1;
        world.edge.start();
      }
      await writeUntilSealed(world, records);
      await world.broker.start();
      restarts.push(await servesAgain(world, 'edge and vault, from when the broker listens'));
    }
    return { faults, restarts, folded: true, note: `seed ${seed}` };
  },
);
