/**
 * Has a group of landers receive again what the brokers still keep. How far it had come is written down at the brokers, so a
 * store that was lost and restored from a backup would else never get what landed after that backup. What has landed is
 * skipped by its number.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../core/errors.ts';
import type { TenantId } from '../../core/types.ts';
import {
  type Admin,
  type Cluster,
  commitOutside,
  faultOf,
  type KafkaDeps,
  kafkaClient,
  PartitionAssigners,
  topicOf,
} from './kafka.ts';

/** A member that was killed counts as one for the six seconds of its session. */
const triesMax = 10;
const restMs = 1_000;
/** What a broker answers to whoever commits for a group that has members. */
const busy = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS'];

interface Place {
  readonly topic: string;
  readonly partition: number;
  /** Of the oldest message there is. */
  readonly first: string;
  /** Received already, and still there. */
  readonly messages: number;
}

/** Returns how many messages will be received once more. Throws IN_USE while landers run, BROKER_UNREACHABLE or BROKER_REFUSED. */
export async function rewind(deps: KafkaDeps, tenants: readonly TenantId[], signal: AbortSignal): Promise<number> {
  const places = await placesOf(deps, tenants.map(topicOf));
  if (places.length === 0) return 0;
  for (let tries = 1; ; tries += 1) {
    const reason = await commitFirsts(deps, places);
    if (reason === undefined) return places.reduce((sum, { messages }) => sum + messages, 0);
    if (tries >= triesMax)
      throw new Fault(
        'IN_USE',
        `landers of the group ${deps.config.group} are running: stop all of them, then cordon topics rewind`,
        { reason },
      );
    await sleep(restMs, undefined, { signal });
  }
}

async function placesOf(deps: KafkaDeps, wanted: readonly string[]): Promise<Place[]> {
  const admin = kafkaClient(deps).admin();
  try {
    await admin.connect();
    const there = new Set(await admin.listTopics());
    return await receivedOf(
      admin,
      deps.config.group,
      wanted.filter((topic) => there.has(topic)),
    );
  } catch (error) {
    throw faultOf(error, 'looking how far the landers have come');
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function receivedOf(admin: Admin, group: string, topics: readonly string[]): Promise<Place[]> {
  if (topics.length === 0) return [];
  const places: Place[] = [];
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics: [...topics] })) {
    const ends = new Map((await admin.fetchTopicOffsets(topic)).map((one) => [one.partition, one]));
    for (const { partition, offset } of partitions) {
      const { low = '0', high = '0' } = ends.get(partition) ?? {};
      const messages = Math.min(Number(offset), Number(high)) - Number(low);
      if (messages > 0) places.push({ topic, partition, first: low, messages });
    }
  }
  return places;
}

/** `undefined`: done; else why not, where the group has members. */
async function commitFirsts(deps: KafkaDeps, places: readonly Place[]): Promise<string | undefined> {
  const groupId = deps.config.group;
  let cluster: Cluster | undefined;
  const consumer = kafkaClient(deps).consumer({
    groupId,
    partitionAssigners: [
      (given) => {
        cluster = given.cluster;
        return PartitionAssigners.roundRobin(given);
      },
    ],
  });
  try {
    await consumer.connect();
    if (cluster) await commitOutside(cluster, groupId, places);
    return undefined;
  } catch (error) {
    const fault = faultOf(error, 'setting the landers back');
    const { reason } = fault.about;
    if (typeof reason === 'string' && busy.includes(reason)) return reason;
    throw fault;
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}
