/** Three landers of one consumer group on one store; one of them leaves and joins again, all the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../../core/log.ts';
import { type KafkaBusDeps, kafkaBus } from '../../../ingest/bus/kafka-bus.ts';
import { LandLog } from '../../../ingest/land-log.ts';
import type { Store } from '../../../store/index.ts';
import { folder } from '../../helpers/folder.ts';
import { openTestStore } from '../../helpers/open-test-store.ts';
import { vault } from '../../helpers/vault.ts';
import type { World } from '../world/world.ts';
import { scenarioAside } from './scenario.ts';
import { Streams } from './streams.ts';

const tenants = ['one', 'two'] as const;
/** Patience. */
const landsWithinMs = 600_000;

/** A lander with a memory and a membership of its own, until the block ends. */
function lander(store: Store, deps: KafkaBusDeps, { streams }: Streams): AsyncDisposable {
  const dir = folder();
  const landLog = new LandLog(dir.path);
  const bus = kafkaBus(deps);
  const running = vault(store, landLog, streams, undefined, bus);
  return {
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      await landLog[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

/** Topics that the world's own vault does not know. */
async function topicsFor({ admin }: World): Promise<void> {
  const names = tenants.flatMap((tenant) => [`cordon.${tenant}`, `cordon.${tenant}.dead`]);
  const there = new Set(await admin.listTopics());
  const topics = names
    .filter((name) => !there.has(name))
    .map((topic) => ({ topic, numPartitions: 3, replicationFactor: 1 }));
  if (topics.length > 0) await admin.createTopics({ topics });
}

export const landersComeAndGo = scenarioAside(
  'three landers, one joining and leaving',
  { short: { visits: 1, stayMs: 3_000, restMs: 20 }, long: { visits: 60, stayMs: 10_000, restMs: 50 } },
  async (world, { visits, stayMs, restMs }) => {
    await topicsFor(world);
    await using opened = await openTestStore(...tenants);
    const { store } = opened;
    const config = { ...world.kafka.config, group: `landers-${Date.now()}` };
    const deps = { ...world.kafka, config, log: createLog('silent'), tenants: () => store.tenants };
    const streams = new Streams(tenants, 3);
    await using watch = streams.watch(store);
    await using edge = kafkaBus(deps);
    await using _first = lander(store, deps, streams);
    await using _second = lander(store, deps, streams);
    const signal = AbortSignal.timeout(2 * visits * stayMs + landsWithinMs);
    let isOver = false;
    const sending = (async () => {
      while (!isOver) {
        await Promise.all(streams.next().map((batch) => edge.send(batch, signal)));
        await sleep(restMs);
      }
    })();
    for (let visit = 0; visit < visits; visit += 1) {
      await using _third = lander(store, deps, streams);
      await sleep(stayMs);
    }
    isOver = true;
    await sending;
    const begun = performance.now();
    while ((await streams.counts(store)).accesses < streams.written && performance.now() - begun < landsWithinMs)
      await sleep(200);
    return {
      faults: 2 * visits,
      ...(await streams.verdict(store, watch)),
      note: `${visits} visits of ${stayMs / 1_000} s`,
    };
  },
);
