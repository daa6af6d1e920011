/** The bus between machines: a topic for each tenant, a message for each batch, headers as docs/formats.md says. */
import { readWireHeaders, wireHeaders } from '../../core/batch.ts';
import { isFault } from '../../core/errors.ts';
import type { SealedBatch, TenantId } from '../../core/types.ts';
import type { Bus, Delivery } from './bus.ts';
import { inFlightBytesMax } from './fetch-gate.ts';
import { deadTopicOf, type Kafka, type KafkaDeps, kafkaClient, tenantOfTopic, topicOf } from './kafka.ts';
import { KafkaReceiver } from './kafka-receiver.ts';
import { KafkaSender, type Message } from './kafka-sender.ts';
import type { Received } from './received.ts';

export interface KafkaBusDeps extends KafkaDeps {
  /** Whose topics are received. */
  readonly tenants: () => readonly TenantId[];
  /** See `ReceiverDeps`. */
  readonly memberFile?: string;
}

/** Connects when it is first used. Throws CONFIG_INVALID for a secret or certificate that cannot be read. */
export function kafkaBus(deps: KafkaBusDeps): Bus & AsyncDisposable {
  const { config, log, tenants, memberFile } = deps;
  const kafka: Kafka = kafkaClient(deps);
  const sender = new KafkaSender(kafka, log);
  const topics = () => tenants().map(topicOf);
  const receiver = new KafkaReceiver({ kafka, group: config.group, topics, memberFile, log });

  return {
    heldBytesMax: inFlightBytesMax,

    send: (batch, signal) => sender.send(messageOf(batch), signal),

    async *receive(signal, reception): AsyncGenerator<Delivery> {
      for await (const received of receiver.receive(signal, reception)) {
        const { topic, partition, offset, lease, since, ack } = received;
        const batch = batchOf(received);
        const refuse = (reason: string) =>
          void sender.send(deadLetter(received, reason), signal).then(ack, () => undefined);
        if (typeof batch !== 'string') {
          yield { batch, lane: `${partition}`, lease, since, ack, refuse };
          continue;
        }
        log.error({ topic, partition, offset, reason: batch }, 'a message is no batch and goes to the dead letters');
        refuse(batch);
      }
    },

    [Symbol.asyncDispose]: () => sender[Symbol.asyncDispose](),
  };
}

const messageOf = (batch: SealedBatch): Message => ({
  topic: topicOf(batch.header.tenant),
  key: batch.header.collector,
  headers: wireHeaders(batch),
  value: batch.value,
});

/** The batch, or why it is none. */
function batchOf({ topic, headers, value }: Received): SealedBatch | string {
  try {
    const batch = { ...readWireHeaders(headers), value };
    // Who may write to one tenant's topic must not thereby reach another tenant.
    if (batch.header.tenant === tenantOfTopic(topic)) return batch;
    return 'it is for another tenant than its topic';
  } catch (error) {
    if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
    return error.message;
  }
}

/** As it came, with the reason and where it lay. */
function deadLetter({ topic, partition, offset, key, headers, value }: Received, reason: string): Message {
  return {
    topic: deadTopicOf(tenantOfTopic(topic)),
    key,
    headers: { ...headers, reason, 'dead-from': `${topic}/${partition}/${offset}` },
    value,
  };
}
