/** What the Kafka bus is told in tests that need no walls: the brokers' plain listener, one replica. */
import type { KafkaConfig } from '../../core/kafka-config.ts';
import type { Broker } from './kafka.ts';

export const kafkaConfigOf = ({ plain }: Pick<Broker, 'plain'>, more: Partial<KafkaConfig> = {}): KafkaConfig => ({
  brokers: [plain],
  client_id: 'test',
  group: 'test',
  ssl: undefined,
  sasl: undefined,
  topics: {
    partitions: 3,
    replication_factor: 1,
    min_insync_replicas: 1,
    retentionMs: 3_600_000,
    deadRetentionMs: 3_600_000,
  },
  principals: { collectors: {}, landers: {}, operators: [] },
  ...more,
});
