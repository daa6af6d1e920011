/** `cordon topics`: what the brokers' topics should be like, beside what they are. */
import { Fault } from '../core/errors.ts';
import { ownClusters } from '../core/tenants-config.ts';
import type { TenantId } from '../core/types.ts';
import type { KafkaDeps } from '../ingest/bus/kafka.ts';
import { type KafkaAdmin, openKafkaAdmin } from '../ingest/bus/kafka-admin.ts';
import { rewind } from '../ingest/bus/kafka-rewind.ts';
import { type TopicChange, topicChanges, topicsWanted } from '../ingest/bus/kafka-rules.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, tenantNamed } from './context.ts';

/** Brokers, and whose batches they carry. */
export interface Cluster {
  readonly deps: KafkaDeps;
  readonly tenants: readonly TenantId[];
  /** False: some clients' own. */
  readonly isShared: boolean;
}

/** Those of all clients first. Throws USAGE where the bus is not Kafka. */
export function clustersOf({ config, tenants, env, log }: Context): [Cluster, ...Cluster[]] {
  if (config.bus !== 'local') {
    const own = ownClusters(config.tenants);
    const away = new Set(own.flatMap(({ tenants: theirs }) => theirs));
    const shared = { config: config.bus.kafka, env, log };
    return [
      { deps: shared, tenants: tenants.filter((tenant) => !away.has(tenant)), isShared: true },
      ...own.map(({ at, tenants: theirs }) => ({
        deps: { config: at, env, log },
        tenants: tenants.filter((tenant) => theirs.includes(tenant)),
        isShared: false,
      })),
    ];
  }
  throw new Fault('USAGE', `the bus of ${config.file} is local: there are no brokers; set bus: { kafka: … }`);
}

export const topics = command({
  name: 'topics',
  examples: [
    'cordon topics apply --dry-run  # what would change',
    'cordon topics apply',
    'cordon topics apply --partitions  # collectors stopped and everything landed: more partitions too',
    'cordon topics rewind  # landers stopped: they receive again what the brokers still keep; what landed is skipped',
  ],
  positionals: 'apply | rewind',
  options: {
    'dry-run': { type: 'boolean', help: 'apply: change nothing; exit code 1 if something would' },
    partitions: { type: 'boolean', help: 'apply: also raise the number of partitions of topics that exist' },
    tenant: { type: 'string', value: 'CLIENT', help: 'rewind: only this client (default: all)' },
  },

  async run({ values, positionals }, io) {
    const action = positionals.join(' ');
    if (action !== 'apply' && action !== 'rewind')
      throw new Fault('USAGE', 'write `cordon topics apply` or `cordon topics rewind`');
    const context = loadContext(values, io);
    if (action === 'rewind') {
      const chosen = values.tenant === undefined ? context.tenants : [tenantNamed(context, values.tenant)];
      const batches = await rewindLanders(context, chosen, io.signal);
      if (values.json === true) io.out.write(`${JSON.stringify({ batches })}\n`);
      else io.err.write(`${batches} batches come again; what has landed of them is skipped\n`);
      return 0;
    }
    const asked = { dry: values['dry-run'] === true, grow: values.partitions === true, json: values.json === true };
    let open = 0;
    for (const cluster of clustersOf(context)) open += await applyTo(cluster, asked, io);
    return open > 0 ? 1 : 0;
  },
});

/** Returns how many batches of these clients the landers will receive again. Throws IN_USE while landers run. */
export async function rewindLanders(
  context: Context,
  tenants: readonly TenantId[],
  signal: AbortSignal,
): Promise<number> {
  let batches = 0;
  for (const { deps, tenants: theirs } of clustersOf(context)) {
    const chosen = tenants.filter((tenant) => theirs.includes(tenant));
    if (chosen.length > 0) batches += await rewind(deps, chosen, signal);
  }
  return batches;
}

/** Which brokers are spoken of, where they are not those of all: a field for JSON, a line for people. */
export const brokersOf = ({ isShared, deps }: Cluster) => (isShared ? {} : { at: deps.config.brokers });
export const headOf = ({ isShared, deps }: Cluster) => (isShared ? '' : `at ${deps.config.brokers.join(', ')}:\n`);

/** Returns how much is left to change. */
async function applyTo(
  cluster: Cluster,
  { dry, grow, json }: { readonly dry: boolean; readonly grow: boolean; readonly json: boolean },
  io: Io,
): Promise<number> {
  const wanted = topicsWanted(cluster.deps.config, cluster.tenants);
  await using admin = await openKafkaAdmin(cluster.deps);
  const changes = topicChanges(wanted, await admin.topics(wanted.map(({ name }) => name)));
  const open = dry ? changes : await apply(admin, changes, grow);
  if (json) io.out.write(`${JSON.stringify({ ...brokersOf(cluster), changes, left: open })}\n`);
  else io.out.write(`${headOf(cluster)}${changes.map((change) => `${sentenceOf(change)}\n`).join('')}`);
  const verb = dry ? 'would change' : 'done';
  io.err.write(`${wanted.length} topics, ${changes.length - (dry ? 0 : open.length)} ${verb}\n`);
  if (!dry && open.length > 0)
    io.err.write(
      `${open.length} left: stop the collectors, let everything land, then run with --partitions; fewer is not possible\n`,
    );
  return open.length;
}

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
