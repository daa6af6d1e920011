/**
 * kill -9 where it hurts most: when the brokers hold a batch that is still in the spool, and when the store holds one whose
 * offset is not committed. Nobody helps from inside: the moment is seen from outside, and afterwards it is checked whether
 * it was met.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Spool } from '../../../ingest/spool.ts';
import type { Restart } from '../world/restarts.ts';
import { tenants, type World } from '../world/world.ts';
import { scenario, servesAgain } from './scenario.ts';

interface Size {
  readonly hitsMin: number;
  readonly triesMax: number;
}

const waitMsMax = 60_000;

async function until(there: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + waitMsMax;
  while (!(await there())) {
    if (Date.now() > giveUpAt) throw new Error('the moment to kill did not come');
    await sleep(1);
  }
}

/** True when it was met: what the brokers hold waits in the spool too. */
async function afterAckBeforeDelete(world: World): Promise<boolean> {
  const before = await world.onBus();
  world.write(30);
  await until(async () => (await world.onBus()) > before);
  await world.edge.kill();
  const sent = (await world.onBus()) - before;
  const kept = await spooled(world.data('edge'));
  world.edge.start();
  return kept > 0 && sent > 0;
}

async function spooled(data: string): Promise<number> {
  await using spool = new Spool(data);
  return [...spool.waiting(0, 9_999)].length;
}

async function batchesStored(world: World): Promise<number> {
  let sum = 0;
  for (const tenant of tenants) {
    const [row] = (await world.ask(tenant, 'SELECT count() AS n FROM batches')) ?? [];
    sum += Number(row?.['n'] ?? 0);
  }
  return sum;
}

/** True when it was met: the store holds batches whose offsets are not committed. */
async function afterInsertBeforeCommit(world: World): Promise<boolean> {
  const before = await batchesStored(world);
  world.write(30);
  await until(async () => (await batchesStored(world)) > before);
  await world.vault.kill();
  const open = (await world.onBus()) - (await world.committed());
  world.vault.start();
  return open > 0;
}

export const worstPoints = scenario<Size>(
  'kill -9 at the worst points',
  { short: { hitsMin: 1, triesMax: 6 }, long: { hitsMin: 20, triesMax: 60 } },
  async (world, { hitsMin, triesMax }) => {
    const restarts: Restart[] = [];
    const hits = { 'after ack, before delete': 0, 'after insert, before commit': 0 };
    let tries = 0;
    const points = [
      ['after ack, before delete', 'edge', afterAckBeforeDelete],
      ['after insert, before commit', 'vault', afterInsertBeforeCommit],
    ] as const;
    for (const [name, victim, attempt] of points) {
      for (let n = 0; n < triesMax && hits[name] < hitsMin; n += 1) {
        tries += 1;
        if (await attempt(world)) hits[name] += 1;
        restarts.push(await servesAgain(world, victim));
      }
    }
    const note = Object.entries(hits)
      .map(([name, count]) => `${count} met ${name}`)
      .join(', ');
    return { faults: tries, restarts, note };
  },
);
