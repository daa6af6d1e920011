/** `cordon topics`: what the brokers' topics should be like, beside what they are. */
import { Fault } from '../core/errors.ts';
import type { KafkaDeps } from '../ingest/bus/kafka.ts';
import { type KafkaAdmin, openKafkaAdmin } from '../ingest/bus/kafka-admin.ts';
import { type TopicChange, topicChanges, topicsWanted } from '../ingest/bus/kafka-rules.ts';
import { command } from './command.ts';
import { type Context, loadContext } from './context.ts';

/** Throws USAGE where the bus is not Kafka. */
export function kafkaOf({ config, env, log }: Context): KafkaDeps {
  if (config.bus !== 'local') return { config: config.bus.kafka, env, log };
  throw new Fault('USAGE', `the bus of ${config.file} is local: there are no brokers; set bus: { kafka: … }`);
}

export const topics = command({
  name: 'topics',
  examples: [
    'cordon topics apply --dry-run  # what would change',
    'cordon topics apply',
    'cordon topics apply --partitions  # collectors stopped and everything landed: more partitions too',
  ],
  positionals: 'apply',
  options: {
    'dry-run': { type: 'boolean', help: 'change nothing; exit code 1 if something would' },
    partitions: { type: 'boolean', help: 'also raise the number of partitions of topics that exist' },
  },

  async run({ values, positionals }, io) {
    if (positionals.join(' ') !== 'apply') throw new Fault('USAGE', 'topics takes `apply`');
    const context = loadContext(values, io);
    const deps = kafkaOf(context);
    const wanted = topicsWanted(deps.config, context.tenants);
    await using admin = await openKafkaAdmin(deps);
    const changes = topicChanges(wanted, await admin.topics(wanted.map(({ name }) => name)));
    const dry = values['dry-run'] === true;
    const open = dry ? changes : await apply(admin, changes, values.partitions === true);
    if (values.json === true) io.out.write(`${JSON.stringify({ changes, left: open })}\n`);
    else for (const change of changes) io.out.write(`${sentenceOf(change)}\n`);
    const verb = dry ? 'would change' : 'done';
    io.err.write(`${wanted.length} topics, ${changes.length - (dry ? 0 : open.length)} ${verb}\n`);
    if (!dry && open.length > 0)
      io.err.write(
        `${open.length} left: stop the collectors, let everything land, then run with --partitions; fewer is not possible\n`,
      );
    return open.length > 0 ? 1 : 0;
  },
});

/** Returns what it left. */
async function apply(
  admin: KafkaAdmin,
  changes: readonly TopicChange[],
  grow: boolean,
): Promise<readonly TopicChange[]> {
  await admin.applyTopics(changes);
  const counts = changes.filter(({ is }) => is === 'partitions');
  if (!grow) return counts;
  await admin.addPartitions(counts);
  return counts.filter((change) => change.is === 'partitions' && change.from > change.topic.partitions);
}

function sentenceOf(change: TopicChange): string {
  const { name, partitions, replicationFactor, settings } = change.topic;
  if (change.is === 'setting') return `~ ${name}: ${change.name} ${change.from ?? 'unset'} → ${change.to}`;
  if (change.is === 'partitions') return `~ ${name}: partitions ${change.from} → ${partitions}`;
  const said = Object.entries(settings).map(([setting, value]) => `${setting}=${value}`);
  return `+ ${name}: ${partitions} partitions on ${replicationFactor} brokers, ${said.join(', ')}`;
}
