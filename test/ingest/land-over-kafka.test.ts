/** Three landers of one consumer group over a real broker and one real store, while one joins and leaves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { createLog } from '../../core/log.ts';
import { kafkaBus } from '../../ingest/bus/kafka-bus.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { folder } from '../helpers/folder.ts';
import { type Broker, startBroker } from '../helpers/kafka.ts';
import { kafkaConfigOf } from '../helpers/kafka-config.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import type { Stream } from '../helpers/stream.ts';
import { newStream, storedOf, vault } from '../helpers/vault.ts';

let broker: Broker;
let opened: TestStore;
beforeAll(async () => {
  [broker, opened] = await Promise.all([startBroker(), openTestStore('acme', 'globex')]);
  const admin = new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const names = ['cordon.acme', 'cordon.globex', 'cordon.acme.dead', 'cordon.globex.dead'];
  await admin.createTopics({ topics: names.map((topic) => ({ topic, numPartitions: 3, replicationFactor: 1 })) });
  await admin.disconnect();
}, 300_000);
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

function openBus() {
  const config = kafkaConfigOf(broker, { group: 'landers' });
  return kafkaBus({ config, env: {}, log: createLog('silent'), tenants: () => opened.store.tenants });
}

/** A lander with a memory and a membership of its own, until the block ends. */
function lander(streams: readonly Stream[]) {
  const dir = folder();
  const log = new LandLog(dir.path);
  const bus = openBus();
  const running = vault(opened.store, log, streams, undefined, bus);
  return {
    running,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      await log[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

test('nothing is lost and nothing doubled while members come and go, whoever has which partition', async () => {
  const streams = [
    ...Array.from({ length: 6 }, () => newStream('acme')),
    ...Array.from({ length: 3 }, () => newStream('globex')),
  ];
  const signal = AbortSignal.timeout(150_000);
  await using edge = openBus();
  await using first = lander(streams);
  await using second = lander(streams);
  const done = new AbortController();
  let rounds = 0;
  const sending = (async () => {
    for (; !done.signal.aborted; rounds += 1) {
      await Promise.all(streams.map((stream) => edge.send(stream.next(1 + (rounds % 3)), signal)));
      await sleep(40);
    }
  })();
  const all = [first.running, second.running];
  for (let visit = 0; visit < 3; visit += 1) {
    await using third = lander(streams);
    all.push(third.running);
    await third.running.until(() => third.running.lander.rows > 0);
    await sleep(1_500);
  }
  done.abort();
  await sending;
  const sizes = Array.from({ length: rounds }, (_, round) => 1 + (round % 3));
  const accesses = sizes.map((size, seq) => [seq, size]);
  const batches = sizes.map((_, seq) => seq);
  for (const stream of streams) {
    while ((await storedOf(opened.store, stream)).accesses.length < rounds) await sleep(100, undefined, { signal });
    expect(await storedOf(opened.store, stream)).toEqual({ accesses, batches });
  }
  // At least the visitor and those who gave partitions to it landed something.
  expect(all.filter(({ lander: { rows } }) => rows > 0).length).toBeGreaterThanOrEqual(4);
  expect(all.flatMap(({ said }) => said.filter(({ level }) => level === 'error'))).toEqual([]);
}, 300_000);
