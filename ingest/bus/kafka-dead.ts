/** Dead letters of the brokers, from where they were last replayed to where they end now. */
import type { TenantId } from '../../core/types.ts';
import { type Admin, deadTopicOf, faultOf, type Kafka, type KafkaDeps, kafkaClient, topicOf } from './kafka.ts';
import { KafkaReceiver, type ReceiverDeps } from './kafka-receiver.ts';
import { replayGroup } from './kafka-rules.ts';
import { KafkaSender } from './kafka-sender.ts';
import type { Received } from './received.ts';

/** One refused message, as it came. */
export interface DeadMessage {
  readonly tenant: TenantId;
  /** `''` for a message that was no batch. */
  readonly collector: string;
  readonly seq: string;
  readonly reason: string;
  /** topic/partition/offset where it lay. */
  readonly from: string;
  /** Only looked at: it is shown again the next time. */
  skip(): void;
  /** Sends it into its client's topic, and does not show it again. */
  resend(signal: AbortSignal): Promise<void>;
}

export interface KafkaDead extends AsyncDisposable {
  /** Ends behind the last that is there now: what is refused anew is for the next time. Throws BROKER_UNREACHABLE or BROKER_REFUSED. */
  letters(signal: AbortSignal): AsyncGenerator<DeadMessage>;
}

/** `keepsPlace`: what was sent again is not shown another time. */
export function openKafkaDead(
  deps: KafkaDeps,
  tenants: readonly TenantId[],
  { keepsPlace }: { readonly keepsPlace: boolean },
): KafkaDead {
  const kafka = kafkaClient(deps);
  const sender = new KafkaSender(kafka, deps.log);
  const byTopic = new Map(tenants.map((tenant) => [deadTopicOf(tenant), tenant]));
  return {
    async *letters(signal) {
      const left = await leftOf(kafka, [...byTopic.keys()]);
      if (left.size === 0) return;
      for await (const received of upTo(left, { kafka, log: deps.log, commits: keepsPlace }, signal)) {
        const tenant = byTopic.get(received.topic);
        if (tenant !== undefined) yield messageOf(received, tenant, sender);
      }
    },
    [Symbol.asyncDispose]: () => sender[Symbol.asyncDispose](),
  };
}

/** Up to the ends given, each partition. Leaving it commits what was acknowledged. */
async function* upTo(
  ends: Map<string, number>,
  deps: Pick<ReceiverDeps, 'kafka' | 'log' | 'commits'>,
  signal: AbortSignal,
): AsyncGenerator<Received> {
  const topics = [...new Set([...ends.keys()].map((name) => name.split(' ')[0] ?? ''))];
  const receiver = new KafkaReceiver({ ...deps, group: replayGroup, topics: () => topics, endsHeldUp: true });
  for await (const received of receiver.receive(signal)) {
    const name = `${received.topic} ${received.partition}`;
    const end = ends.get(name);
    if (end === undefined) continue;
    if (received.offset < end) yield received;
    if (received.offset >= end - 1) ends.delete(name);
    if (ends.size === 0) return;
  }
}

/** `topic partition` → the offset after the last, of partitions with messages that this group has not had. */
async function leftOf(kafka: Kafka, wanted: readonly string[]): Promise<Map<string, number>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const there = new Set(await admin.listTopics());
    return await endsOf(
      admin,
      wanted.filter((topic) => there.has(topic)),
    );
  } catch (error) {
    throw faultOf(error, 'looking for dead letters');
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function endsOf(admin: Admin, topics: readonly string[]): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  if (topics.length === 0) return ends;
  const committed = new Map<string, number>();
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId: replayGroup, topics: [...topics] }))
    for (const { partition, offset } of partitions) committed.set(`${topic} ${partition}`, Number(offset));
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const name = `${topic} ${partition}`;
      // What its retention has taken is gone.
      const first = Math.max(Number(low), committed.get(name) ?? -1);
      if (Number(high) > first) ends.set(name, Number(high));
    }
  }
  return ends;
}

function messageOf({ headers, key, value, ack }: Received, tenant: TenantId, sender: KafkaSender): DeadMessage {
  const { reason = 'no reason is given', 'dead-from': from = '', ...original } = headers;
  return {
    tenant,
    collector: original['collector'] ?? '',
    seq: original['seq'] ?? '',
    reason,
    from,
    skip: ack,
    async resend(signal) {
      await sender.send({ topic: topicOf(tenant), key, headers: original, value }, signal);
      ack();
    },
  };
}
