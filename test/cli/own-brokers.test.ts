/** `tenants: { acme: { kafka: … } }`: two real brokers, one for all clients and one that acme has for itself. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { loadConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { kafkaClient } from '../../ingest/bus/kafka.ts';
import { sambaLine } from '../helpers/edge.ts';
import { folder } from '../helpers/folder.ts';
import { type Broker, startBroker } from '../helpers/kafka.ts';
import { captured } from './captured.ts';
import { carryHalves, trustEdge, users, writeFirm } from './kafka-firm.ts';

jest.setTimeout(400_000);
const dir = folder();
let shared: Broker;
let acmes: Broker;
let edge: string;
let vault: string;

const own = () => ({
  tenants: {
    acme: {
      kafka: {
        brokers: [acmes.plain],
        topics: { partitions: 1, replication_factor: 1, min_insync_replicas: 1 },
        principals: { collectors: { 'edge-files': ['fs1'], 'edge-db': ['pg1'] }, landers: { lander: 'all' } },
      },
    },
  },
});

beforeAll(async () => {
  [shared, acmes] = await Promise.all([startBroker({ users }), startBroker({ users })]);
  edge = writeFirm(dir.file('edge'), shared, 'super', own());
  vault = writeFirm(dir.file('vault'), shared, 'super', own());
}, 300_000);
afterAll(async () => {
  await Promise.all([shared, acmes].map((broker) => broker[Symbol.asyncDispose]()));
  dir[Symbol.dispose]();
});

const cordon = (config: string, ...args: string[]) => captured([...args, '--config', config]);

/** Of our topics at these brokers, how many messages each has. */
async function messagesAt({ plain }: Broker): Promise<Record<string, number>> {
  const { bus } = loadConfig(vault);
  if (bus === 'local') throw new Error('it is Kafka');
  const log = createLog('silent');
  const admin = kafkaClient({ config: { ...bus.kafka, brokers: [plain] }, env: {}, log }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith('cordon.')).sort();
    const counted = topics.map(async (topic): Promise<[string, number]> => {
      const ends = await admin.fetchTopicOffsets(topic);
      return [topic, ends.reduce((sum, { high }) => sum + Number(high), 0)];
    });
    return Object.fromEntries(await Promise.all(counted));
  } finally {
    await admin.disconnect();
  }
}

test('topics are made at the brokers of whoever they are for, and nowhere else', async () => {
  const applied = await cordon(vault, 'topics', 'apply');
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.out).toContain(`at ${acmes.plain}:\n+ cordon.acme: 1 partitions`);
  const others = ['_unattributed', 'globex'].flatMap((name) => [`cordon.${name}`, `cordon.${name}.dead`]);
  expect(Object.keys(await messagesAt(shared))).toEqual(others);
  expect(Object.keys(await messagesAt(acmes))).toEqual(['cordon.acme', 'cordon.acme.dead']);
});

test("rights are given at a client's brokers for its topics alone", async () => {
  const { out } = await cordon(vault, 'acls');
  const [ofAll = '', ofAcme = ''] = out.split(`at ${acmes.plain}:\n`);
  expect(ofAll).toContain('lander may READ topic cordon.globex');
  expect(ofAll).not.toContain('cordon.acme');
  expect(ofAcme).toContain('+ edge-files may WRITE topic cordon.acme\n');
  expect(ofAcme).toContain('+ lander may READ topic cordon.acme\n');
  expect(ofAcme).not.toMatch(/globex|_unattributed/);
});

test("a client's batches go through its own brokers, all others' through the shared ones, and one lander lands both", async () => {
  const lines = Array.from({ length: 60 }, (_, n) => sambaLine(n, { client: n % 3 === 0 ? 'nobody' : 'acme' }));
  writeFileSync(dir.file('edge/audit.log'), `${lines.join('\n')}\n`);
  await carryHalves(dir.file('halves'), vault, edge);
  expect(await cordon(edge, 'import', '--source', 'fs1', dir.file('edge/audit.log'))).toMatchObject({ code: 0 });
  expect(await messagesAt(shared)).toMatchObject({ 'cordon._unattributed': 1, 'cordon.globex': 0 });
  expect(await messagesAt(acmes)).toEqual({ 'cordon.acme': 1, 'cordon.acme.dead': 0 });

  trustEdge(dir.file('vault'), dir.file('edge'));
  const stop = new AbortController();
  const landing = captured(['start', '--role', 'land', '--config', vault], { signal: stop.signal });
  const landed = async () => (await cordon(vault, 'accesses', '--all', '--json')).out.split('\n').filter(Boolean);
  const giveUpAt = Date.now() + 200_000;
  while ((await landed()).length < lines.length && Date.now() < giveUpAt) await sleep(500);
  stop.abort();
  await landing;
  const accesses = (await landed()).map((line) => (JSON.parse(line) as { tenant: string }).tenant);
  expect(accesses.filter((tenant) => tenant === 'acme')).toHaveLength(40);
  expect(accesses.filter((tenant) => tenant === '_unattributed')).toHaveLength(20);
});
