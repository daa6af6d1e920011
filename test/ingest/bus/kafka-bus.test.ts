/** Against a real broker. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { wireHeaders } from '../../../core/batch.ts';
import { createLog, type Log } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import type { Delivery } from '../../../ingest/bus/bus.ts';
import { kafkaBus } from '../../../ingest/bus/kafka-bus.ts';
import { openKafkaDead } from '../../../ingest/bus/kafka-dead.ts';
import { eventually } from '../../helpers/eventually.ts';
import { folder } from '../../helpers/folder.ts';
import { type Broker, startBroker } from '../../helpers/kafka.ts';
import { kafkaConfigOf } from '../../helpers/kafka-config.ts';
import { Stream } from '../../helpers/stream.ts';
import { type BusUnderTest, busContract } from './contract.ts';
import { receiving } from './receiving.ts';

const killedSessionMs = 300_000;
const script = fileURLToPath(new URL('../../helpers/group-member.mjs', import.meta.url));

let broker: Broker;
let groups = 0;
const signal = new AbortController().signal;

beforeAll(async () => {
  broker = await startBroker();
}, 240_000);
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

const configOf = (group: string) => kafkaConfigOf(broker, { group });

const plainClient = () => new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING });

/** Empty topics of these tenants. */
const makeTopics = (...names: string[]): Promise<void> => makeTopicsOf(names, []);

/** `packed`: those whose broker packs all that comes with zstd. */
async function makeTopicsOf(names: readonly string[], packed: readonly string[]): Promise<void> {
  const admin = plainClient().admin();
  await admin.connect();
  const topics = names.flatMap((name) => [`cordon.${name}`, `cordon.${name}.dead`]);
  const there = (await admin.listTopics()).filter((topic) => topics.includes(topic));
  if (there.length > 0) await admin.deleteTopics({ topics: there });
  while ((await admin.listTopics()).some((topic) => topics.includes(topic)));
  await admin.createTopics({
    waitForLeaders: false,
    topics: topics.map((topic) => ({
      topic,
      numPartitions: 3,
      replicationFactor: 1,
      configEntries: packed.includes(topic) ? [{ name: 'compression.type', value: 'zstd' }] : [],
    })),
  });
  // A topic just made has no leader for a moment.
  while (!(await admin.fetchTopicMetadata({ topics }).catch(() => undefined)));
  await admin.disconnect();
}

const busOf = (group: string, ...tenants: string[]) =>
  kafkaBus({ config: configOf(group), env: {}, log: createLog('silent'), tenants: () => tenants.map(tenantId) });

const newGroup = () => {
  groups += 1;
  return `group-${groups}`;
};

async function committed(group: string, topic: string): Promise<number> {
  const admin = plainClient().admin();
  await admin.connect();
  const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  await admin.disconnect();
  return (found?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

describe('the Kafka bus', () => {
  busContract(async (): Promise<BusUnderTest> => {
    await makeTopics('acme', 'globex');
    const group = newGroup();
    let bus = busOf(group, 'acme', 'globex');
    return {
      get bus() {
        return bus;
      },
      hand: (batch) => bus.send(batch, signal),
      async restartVault() {
        await bus[Symbol.asyncDispose]();
        bus = busOf(group, 'acme', 'globex');
      },
      [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
    };
  });

  test('what was received and not acknowledged comes again after a restart, what was acknowledged does not', async () => {
    await makeTopics('acme');
    const group = newGroup();
    await using bus = busOf(group, 'acme');
    const stream = new Stream('fs1');
    for (let n = 0; n < 6; n += 1) await bus.send(stream.next(), signal);
    {
      await using received = receiving(bus, {
        onDelivery: ({ batch, ack }) => batch.header.seq < 2 && ack(),
      });
      await received.until(6);
    }
    expect(await committed(group, 'cordon.acme')).toBe(2);
    await using again = receiving(bus);
    const all = await again.until(4);
    expect(all.map(({ batch }) => batch.header.seq)).toEqual([2, 3, 4, 5]);
  });

  test('a batch acknowledged behind one that is not is not committed past it', async () => {
    await makeTopics('acme');
    const group = newGroup();
    await using bus = busOf(group, 'acme');
    const stream = new Stream('fs1');
    for (let n = 0; n < 3; n += 1) await bus.send(stream.next(), signal);
    {
      await using received = receiving(bus, {
        onDelivery: ({ batch, ack }) => batch.header.seq !== 1 && ack(),
      });
      await received.until(3);
    }
    expect(await committed(group, 'cordon.acme')).toBe(1);
  });

  test('while the broker is away sending waits, and then goes on in order', async () => {
    await makeTopics('acme');
    await using bus = busOf(newGroup(), 'acme');
    const stream = new Stream('fs1');
    await bus.send(stream.next(), signal);
    await using received = receiving(bus);
    await received.until(1);
    await broker.stop();
    const sent = Array.from({ length: 5 }, () => bus.send(stream.next(), signal));
    await broker.start();
    await Promise.all(sent);
    const seqs = () => [...new Set(received.deliveries.map(({ batch }) => batch.header.seq))];
    while (seqs().length < 6) await received.until(received.deliveries.length + 1);
    expect(seqs()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('a tenant whose topic is missing holds up no other, and is served once it is there', async () => {
    await makeTopics('acme');
    await using bus = busOf(newGroup(), 'acme', 'initech');
    const missing = bus.send(new Stream('fs1', 'initech').next(), signal);
    await Promise.all([1, 2, 3].map(() => bus.send(new Stream('fs1').next(), signal)));
    await makeTopics('initech');
    await missing;
  });

  test('a message that is no batch, or of another tenant, goes to the dead letters and the stream goes on', async () => {
    await makeTopics('acme');
    const producer = plainClient().producer();
    await producer.connect();
    await producer.send({ topic: 'cordon.acme', messages: [{ key: 'fs1', value: 'nonsense', headers: { v: '1' } }] });
    // Rightly signed, and sent by somebody who may write acme's topic only.
    const smuggled = new Stream('fs1', 'globex').next();
    const message = { key: 'fs1', value: smuggled.value, headers: wireHeaders(smuggled) };
    await producer.send({ topic: 'cordon.acme', messages: [message] });
    await producer.disconnect();
    const group = newGroup();
    await using bus = busOf(group, 'acme');
    const batch = new Stream('fs1').next();
    await bus.send(batch, signal);
    let dead: Awaited<ReturnType<typeof deadLetters>>;
    {
      await using received = receiving(bus);
      const [first] = await received.until(1);
      expect(first?.batch).toEqual(batch);
      dead = await deadLetters('acme', 2);
    }
    expect(await committed(group, 'cordon.acme')).toBe(3);
    const [nonsense, foreign] = dead;
    expect(nonsense?.value).toBe('nonsense');
    expect(nonsense?.reason).toMatch(/no header|version/);
    expect(foreign?.reason).toBe('it is for another tenant than its topic');
  });

  test('what its broker packed with zstd waits where it lies and is named; everybody else lands', async () => {
    await makeTopicsOf(['acme', 'globex'], ['cordon.acme']);
    const named = new Map<unknown, unknown>();
    const { debug, info, warn } = createLog('silent');
    const error = ({ topic, codec }: Record<string, unknown>): void => void named.set(topic, codec);
    const tenants = () => ['acme', 'globex'].map(tenantId);
    const group = newGroup();
    await using bus = kafkaBus({ config: configOf(group), env: {}, log: { debug, info, warn, error } as Log, tenants });
    await bus.send(new Stream('fs1').next(20), signal);
    await using received = receiving(bus);
    await eventually(() => expect([...named]).toEqual([['cordon.acme', 'zstd']]));
    const later = new Stream('fs1', 'globex');
    for (const _ of Array(3)) await bus.send(later.next(), signal);
    const came = await received.until(3);
    expect(came.map(({ batch: { header } }) => `${header.tenant} ${header.seq}`)).toEqual(
      [0, 1, 2].map((n) => `globex ${n}`),
    );
    await eventually(async () => expect(await committed(group, 'cordon.globex')).toBe(3));
    expect(await committed(group, 'cordon.acme')).toBe(0);
  });

  test('whoever looks for dead letters is told when they are so packed, and does not wait for them', async () => {
    await makeTopicsOf(['acme'], ['cordon.acme.dead']);
    const group = newGroup();
    await using bus = busOf(group, 'acme');
    await bus.send(new Stream('fs1').next(), signal);
    {
      await using refusing = receiving(bus, { onDelivery: ({ refuse }) => refuse('not this one') });
      await refusing.until(1);
      await eventually(async () => expect(await committed(group, 'cordon.acme')).toBe(1));
    }
    const deps = { config: configOf(group), env: {}, log: createLog('silent') };
    await using dead = openKafkaDead(deps, [tenantId('acme')], { keepsPlace: false });
    await expect(dead.letters(signal).next()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(
        'of cordon.acme.dead is held up by messages packed with zstd; run `cordon topics apply`',
      ),
    });
  });

  test('what comes to an emptied partition is told, rests there for as long as is wished, and comes together', async () => {
    await makeTopics('acme');
    await using bus = busOf(newGroup(), 'acme');
    const stream = new Stream('fs1');
    await bus.send(stream.next(), signal);
    let restMs = 600_000;
    let came = 0;
    let lanes = 0;
    const onCame = (batches: number, on: number) => {
      came += batches;
      lanes = on;
    };
    await using received = receiving(bus, { reception: { restMs: () => restMs, onCame } });
    const [first] = await received.until(1);
    let sent = 0;
    // What comes before the first look is in no sum.
    while (came < 2) {
      await bus.send(stream.next(), signal);
      sent += 1;
      await sleep(200);
    }
    expect(received.deliveries).toHaveLength(1);
    expect(lanes).toBe(1);
    restMs = 0.1;
    const all = await received.until(1 + sent);
    expect(all.map(({ batch }) => batch.header.seq)).toEqual(all.map((_, seq) => seq));
    expect(all.at(-1)?.since).toBeGreaterThanOrEqual(first?.since ?? Number.NaN);
    expect(all.at(-1)?.since).toBe(all.at(1)?.since);
  });

  test('a receiver that was killed and comes back does not wait for the session of its former self', async () => {
    await makeTopics('acme');
    const group = newGroup();
    using dir = folder();
    const memory = dir.file('member');
    // In this session nothing would be received before the test is over.
    const former = spawn(process.execPath, [script, broker.plain, group, 'cordon.acme', `${killedSessionMs}`]);
    const [id] = (await once(former.stdout, 'data')) as [Buffer];
    former.kill('SIGKILL');
    writeFileSync(memory, `${id}`.trim());
    const deps = { env: {}, log: createLog('silent'), tenants: () => [tenantId('acme')], memberFile: memory };
    await using bus = kafkaBus({ config: configOf(group), ...deps });
    await bus.send(new Stream('fs1').next(), signal);
    {
      await using received = receiving(bus);
      await received.until(1);
    }
    // And it is remembered who came back.
    expect(readFileSync(memory, 'utf8')).toMatch(/^test-/);
  }, 90_000);

  test('a member that joins and leaves takes over and gives back, and nothing is missing', async () => {
    await makeTopics('acme');
    const group = newGroup();
    await using one = busOf(group, 'acme');
    await using two = busOf(group, 'acme');
    const streams = ['fs1', 'fs2', 'fs3', 'fs4', 'fs5', 'fs6'].map((collector) => new Stream(collector));
    const seen = new Set<string>();
    const note = ({ batch: { header }, ack }: Delivery) => {
      seen.add(`${header.collector}/${header.seq}`);
      setTimeout(ack, 50);
    };
    let sent = 0;
    const sendAll = async () => {
      await Promise.all(streams.map((stream) => one.send(stream.next(), signal)));
      sent += streams.length;
    };
    await using first = receiving(one, { onDelivery: note });
    for (let visit = 0; visit < 2; visit += 1) {
      await using second = receiving(two, { onDelivery: note });
      while (second.deliveries.length === 0) await sendAll();
    }
    await sendAll();
    while (seen.size < sent) await first.until(first.deliveries.length + 1);
    expect(seen.size).toBe(sent);
  });
});

/** The first of them, once so many are there. */
async function deadLetters(tenant: string, count: number): Promise<readonly { value: string; reason: string }[]> {
  const consumer = plainClient().consumer({ groupId: newGroup(), maxWaitTimeInMs: 100 });
  const found: { value: string; reason: string }[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [`cordon.${tenant}.dead`], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { value, headers } }) =>
      void found.push({ value: `${value}`, reason: `${headers?.['reason']}` }),
  });
  await eventually(() => expect(found.length).toBeGreaterThanOrEqual(count));
  await consumer.disconnect();
  return found;
}
