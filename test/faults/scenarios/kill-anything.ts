/** kill -9 of any process at moments nobody chose, again and again, and sometimes again before it is back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { dice } from '../../../cli/demo/dice.ts';
import type { Restart } from '../world/restarts.ts';
import type { World } from '../world/world.ts';
import { scenario, servesAgain } from './scenario.ts';
import { killStore } from './store-process.ts';

interface Size {
  readonly kills: number;
  /** Patience: no more are begun after this. */
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

/** Resolves when it runs, with when that began: a store is its vault's to start again, and Java's own start is the broker's. */
async function restart(world: World, victim: (typeof victims)[number], killedAt: number): Promise<number> {
  if (victim === 'store') return killedAt;
  const startedAt = performance.now();
  if (victim !== 'broker') world[victim].start();
  else await world.broker.start();
  return victim === 'broker' ? performance.now() : startedAt;
}

const names = {
  edge: 'edge',
  vault: 'vault',
  store: 'ClickHouse, from its death',
  broker: 'edge and vault, from when the broker listens',
} as const;

export const killAnything = scenario<Size>(
  'kill -9 of any process',
  {
    short: { kills: 6, forMsMax: 60_000, perSecond: 100, seed: 10 },
    long: { kills: 100, forMsMax: 7_200_000, perSecond: 200, seed: Date.now() % 1_000_000 },
  },
  async (world, { kills, forMsMax, perSecond, seed }) => {
    const until = performance.now() + forMsMax;
    let done = 0;
    await using _input = world.input(perSecond);
    const random = dice(seed).roll;
    const restarts: Restart[] = [];
    const each: Record<string, number> = {};
    let isWhole = true;
    for (; done < kills && performance.now() < until; done += 1) {
      const victim = victims[Math.floor(random() * victims.length)] ?? 'vault';
      await sleep(random() * 1_500);
      const killedAt = performance.now();
      await kill(world, victim);
      each[victim] = (each[victim] ?? 0) + 1;
      const startedAt = await restart(world, victim, killedAt);
      // One in three is followed by another before anything is whole again.
      const wasWhole = isWhole;
      isWhole = random() > 1 / 3;
      if (isWhole) restarts.push(await servesAgain(world, wasWhole ? names[victim] : 'the last of several', startedAt));
    }
    const note = `seed ${seed}: ${Object.entries(each)
      .map(([name, count]) => `${count} × ${name}`)
      .join(', ')}`;
    return { faults: done, restarts, note };
  },
);
