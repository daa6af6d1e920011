/** On a real broker with its authorizer: the configuration's rights applied, then tried as an attacker with every credential. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { folder } from '../helpers/folder.ts';
import { type Broker, startBroker } from '../helpers/kafka.ts';
import { captured as cordon } from './captured.ts';
import { raiseWalls, users, writeFirm } from './kafka-firm.ts';

type User = keyof typeof users;

const dir = folder();
let broker: Broker;

beforeAll(async () => {
  broker = await startBroker({ users });
  await raiseWalls(dir.file('super'), broker);
}, 300_000);

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const configAt = () => dir.file('super/cordon.yaml');
const tenants = ['acme', 'globex', '_unattributed'] as const;
const topics = tenants.flatMap((tenant) => [`cordon.${tenant}`, `cordon.${tenant}.dead`]);

/** What each may do, as docs/kafka.md says. Everything else must be refused. */
const mayWrite: Readonly<Record<User, readonly string[]>> = {
  'edge-files': ['cordon.acme', 'cordon._unattributed'],
  'edge-db': ['cordon.acme', 'cordon.globex', 'cordon._unattributed'],
  lander: ['cordon.acme.dead', 'cordon.globex.dead', 'cordon._unattributed.dead'],
  'lander-globex': ['cordon.globex.dead'],
  operator: ['cordon.acme', 'cordon.globex', 'cordon._unattributed'],
  nobody: [],
};
const mayRead: Readonly<Record<User, readonly string[]>> = {
  'edge-files': [],
  'edge-db': [],
  lander: ['cordon.acme', 'cordon.globex', 'cordon._unattributed'],
  'lander-globex': ['cordon.globex'],
  operator: ['cordon.acme.dead', 'cordon.globex.dead', 'cordon._unattributed.dead'],
  nobody: [],
};
const groupOf: Readonly<Partial<Record<User, string>>> = {
  lander: 'cordon-land',
  'lander-globex': 'cordon-land',
  operator: 'cordon-replay',
};

const clientOf = (user: User, password: string = users[user]) =>
  new Kafka({
    brokers: [broker.walled],
    ssl: { ca: [readFileSync(broker.authority.caFile, 'utf8')] },
    sasl: { mechanism: 'scram-sha-256', username: user, password },
    logLevel: logLevel.NOTHING,
  });

/** A group that may not be used is answered as one whose coordinator is not to be found. */
const refusal = /not authorized|group coordinator/i;

async function writes(user: User, topic: string): Promise<boolean> {
  const producer = clientOf(user).producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'x' }] });
    return true;
  } catch (error) {
    expect(`${error}`).toMatch(refusal);
    return false;
  } finally {
    await producer.disconnect();
  }
}

async function reads(user: User, topic: string, group: string): Promise<boolean> {
  const consumer = clientOf(user).consumer({ groupId: group, maxWaitTimeInMs: 100 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    return await new Promise<boolean>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload: { error } }) => refusal.test(`${error}`) && resolve(false));
      void consumer.run({ autoCommit: false, eachMessage: async () => resolve(true) });
    });
  } catch (error) {
    expect(`${error}`).toMatch(refusal);
    return false;
  } finally {
    await consumer.disconnect();
  }
}

const everyone = Object.keys(users) as User[];

describe.each(everyone)('with the credential of %s', (user) => {
  test('only its own topics can be written', async () => {
    const written: string[] = [];
    for (const topic of topics) if (await writes(user, topic)) written.push(topic);
    expect(written.sort()).toEqual([...mayWrite[user]].sort());
  });

  test('no topic can be made, changed or destroyed, and no right can be given', async () => {
    const admin = clientOf(user).admin();
    await admin.connect();
    const acl = {
      principal: `User:${user}`,
      host: '*',
      operation: AclOperationTypes.ALL,
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: AclResourceTypes.TOPIC,
      resourceName: 'cordon.acme',
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
    await expect(admin.createTopics({ topics: [{ topic: 'cordon.mine' }] })).rejects.toThrow();
    await expect(admin.deleteTopics({ topics: ['cordon.acme'] })).rejects.toThrow();
    await expect(admin.createAcls({ acl: [acl] })).rejects.toThrow();
    await admin.disconnect();
    const listed = await cordon(['acls', '--json', '--config', configAt()]);
    expect(JSON.parse(listed.out)).toMatchObject({ add: [], remove: [], strays: [] });
  });
});

test('only the lander and the operator can read, their own topics, in their own group', async () => {
  const seeder = new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING }).producer();
  await seeder.connect();
  for (const topic of topics) await seeder.send({ topic, messages: [{ value: 'x' }] });
  await seeder.disconnect();
  for (const user of everyone) {
    const read: string[] = [];
    for (const topic of topics) if (await reads(user, topic, groupOf[user] ?? 'cordon-land')) read.push(topic);
    expect([user, read.sort()]).toEqual([user, [...mayRead[user]].sort()]);
  }
  expect(await reads('lander', 'cordon.acme', 'another-group')).toBe(false);
}, 240_000);

test('a wrong password is no way in', async () => {
  const admin = clientOf('lander', 'guessed').admin();
  await expect(admin.connect()).rejects.toThrow(/authentication/i);
});

test('a configuration that does not know a source takes no rights away: it is refused', async () => {
  const half = writeFirm(dir.file('half'), broker, 'super', {
    sources: { fs1: { collector: 'samba', tail: 'audit.log' } },
  });
  expect(await cordon(['acls', '--apply', '--config', half])).toEqual({
    code: 2,
    out: '',
    err: `${half}: principals: edge-db: there is no source \`pg1\`\n`,
  });
  expect(await cordon(['acls', '--config', configAt()])).toMatchObject({ code: 0, out: '' });
});

test('rights that somebody else gave on our topics are shown and taken away', async () => {
  const admin = new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const acl = {
    principal: 'User:nobody',
    host: '*',
    operation: AclOperationTypes.READ,
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: AclResourceTypes.TOPIC,
    resourceName: 'cordon.a',
    resourcePatternType: ResourcePatternTypes.PREFIXED,
  };
  const wide = { ...acl, resourceName: '*', resourcePatternType: ResourcePatternTypes.LITERAL };
  await admin.createAcls({ acl: [acl, { ...acl, resourceName: 'cordon.acme', resourcePatternType: 3 }, wide] });
  const shown = await cordon(['acls', '--config', configAt()]);
  expect(shown.code).toBe(1);
  expect(shown.out).toContain('- nobody may READ topic cordon.acme');
  expect(shown.out).toContain('- ALLOW User:nobody from * READ cordon.a…');
  expect(shown.out).toContain('! ALLOW User:nobody from * READ *');
  // What is not ours to take away keeps the exit code at 1, so that nobody overlooks it.
  expect((await cordon(['acls', '--apply', '--config', configAt()])).code).toBe(1);
  await admin.deleteAcls({ filters: [wide] });
  await admin.disconnect();
  const after = await cordon(['acls', '--config', configAt()]);
  expect(after).toMatchObject({ code: 0, out: '' });
});
