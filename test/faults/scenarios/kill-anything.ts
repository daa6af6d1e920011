/** kill -9 of any process at moments nobody chose, again and again, and sometimes again before it is back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { dice } from '../../helpers/firm.ts';
import type { World } from '../world/world.ts';
import { scenario, servesAgain } from './scenario.ts';
import { killStore } from './store-process.ts';

interface Size {
  readonly kills: number;
  /** No more are begun after this. */
  readonly forMsMax: number;
  readonly perSecond: number;
  readonly seed: number;
}

const victims = ['edge', 'vault', 'broker', 'store'] as const;

async function kill(world: World, victim: (typeof victims)[number]): Promise<void> {
  if (victim === 'store') return await killStore(world);
  if (victim === 'broker') return await world.broker.stop();
  await world[victim].kill();
}

async function restart(world: World, victim: (typeof victims)[number]): Promise<void> {
  // The store is its vault's to start again.
  if (victim === 'broker') await world.broker.start();
  else if (victim !== 'store') world[victim].start();
}

export const killAnything = scenario<Size>(
  'kill -9 of any process',
  {
    short: { kills: 6, forMsMax: 60_000, perSecond: 100, seed: 7 },
    long: { kills: 100, forMsMax: 2_400_000, perSecond: 200, seed: Date.now() % 1_000_000 },
  },
  async (world, { kills, forMsMax, perSecond, seed }) => {
    const until = performance.now() + forMsMax;
    let done = 0;
    await using _input = world.input(perSecond);
    const random = dice(seed);
    const restartsMs: number[] = [];
    const each: Record<string, number> = {};
    for (; done < kills && performance.now() < until; done += 1) {
      const victim = victims[Math.floor(random() * victims.length)] ?? 'vault';
      await sleep(random() * 1_500);
      await kill(world, victim);
      each[victim] = (each[victim] ?? 0) + 1;
      const startedAt = performance.now();
      await restart(world, victim);
      // One in three is followed by another before anything is whole again.
      if (random() > 1 / 3) restartsMs.push(await servesAgain(world, startedAt));
    }
    const note = `seed ${seed}: ${Object.entries(each)
      .map(([name, count]) => `${count} × ${name}`)
      .join(', ')}`;
    return { faults: done, restartsMs, note };
  },
);
