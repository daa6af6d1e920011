// node group-member.mjs BROKER GROUP TOPIC SESSION_MS: joins a consumer group, prints its member id, and stays until it is killed.
import { Kafka, logLevel } from 'kafkajs';

const [broker, groupId, topic, sessionMs] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'dies', brokers: [broker], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId, sessionTimeout: Number(sessionMs), rebalanceTimeout: Number(sessionMs) });
consumer.on('consumer.group_join', ({ payload }) => process.stdout.write(`${payload.memberId}\n`));
await consumer.connect();
await consumer.subscribe({ topics: [topic] });
await consumer.run({ eachMessage: async () => {} });
