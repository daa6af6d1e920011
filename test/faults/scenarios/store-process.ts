/** The ClickHouse server that is a vault's child: killed, halted, let go on. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEndpoint } from '../../../store/embedded/endpoint.ts';
import type { World } from '../world/world.ts';

const startsWithinMs = 60_000;

/** Of the server that runs. Throws when none comes up. */
export async function storePid(world: World): Promise<number> {
  const giveUpAt = Date.now() + startsWithinMs;
  for (;;) {
    const endpoint = readEndpoint(join(world.data('vault'), 'clickhouse'));
    if (endpoint) return endpoint.pid;
    if (Date.now() > giveUpAt) throw new Error('the vault starts no store');
    await sleep(20);
  }
}

export async function killStore(world: World): Promise<void> {
  process.kill(await storePid(world), 'SIGKILL');
}
