/** What the brokers should look like, read off the configuration and the directory. Pure: the same configuration is the same rules. */
import type { Directory } from '../../core/directory/directory.ts';
import type { KafkaConfig } from '../../core/kafka-config.ts';
import { type TenantId, unattributed } from '../../core/types.ts';
import { deadTopicOf, topicOf } from './kafka.ts';

/** A batch is cut before this: two sections of 512 KiB, each with one record of up to 4 MiB more, and room. */
const messageBytesMax = 16 * 1024 * 1024;

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Kafka's names and values. */
  readonly settings: Readonly<Record<string, string>>;
}

export function topicsWanted({ topics }: KafkaConfig, tenants: readonly TenantId[]): readonly Topic[] {
  const {
    partitions,
    replication_factor: replicationFactor,
    min_insync_replicas,
    retentionMs,
    deadRetentionMs,
  } = topics;
  const settings = {
    'cleanup.policy': 'delete',
    // As the collector compressed it: a broker that packs anew with zstd would shut the lander out.
    'compression.type': 'producer',
    'max.message.bytes': `${messageBytesMax}`,
    'min.insync.replicas': `${min_insync_replicas}`,
  };
  return tenants.flatMap((tenant) => [
    {
      name: topicOf(tenant),
      partitions,
      replicationFactor,
      settings: { ...settings, 'retention.ms': `${retentionMs}` },
    },
    {
      name: deadTopicOf(tenant),
      partitions: 1,
      replicationFactor,
      settings: { ...settings, 'retention.ms': `${deadRetentionMs}` },
    },
  ]);
}

export type TopicChange =
  | { readonly is: 'create'; readonly topic: Topic }
  | {
      readonly is: 'setting';
      readonly topic: Topic;
      readonly name: string;
      readonly from: string | undefined;
      readonly to: string;
    }
  /** Never applied by itself: a stream would go on in another partition and could overtake its own past. */
  | { readonly is: 'partitions'; readonly topic: Topic; readonly from: number };

/** In the order of the topics wanted. `there`: of each topic that exists, its partitions and settings. */
export function topicChanges(
  wanted: readonly Topic[],
  there: ReadonlyMap<string, Pick<Topic, 'partitions' | 'settings'>>,
): readonly TopicChange[] {
  return wanted.flatMap((topic): TopicChange[] => {
    const now = there.get(topic.name);
    if (!now) return [{ is: 'create', topic }];
    const settings = Object.entries(topic.settings)
      .filter(([name, to]) => now.settings[name] !== to)
      .map(([name, to]): TopicChange => ({ is: 'setting', topic, name, from: now.settings[name], to }));
    if (now.partitions === topic.partitions) return settings;
    return [...settings, { is: 'partitions', topic, from: now.partitions }];
  });
}

/** One right: who may do what to one topic or group, by its whole name. */
export interface Rule {
  /** Without `User:`. */
  readonly principal: string;
  readonly operation: 'READ' | 'WRITE' | 'DESCRIBE';
  readonly on: 'topic' | 'group';
  readonly name: string;
}

export const replayGroup = 'cordon-replay';

/** Whose topics a source writes to: the clients with data there, and nobody's. */
export function tenantsOfSource(
  source: { readonly name: string; readonly collector: string },
  { clients }: Pick<Directory, 'clients'>,
): readonly TenantId[] {
  const theirs = [...clients.values()].filter(({ resources }) =>
    resources.some((one) => one.source === source.name || one.collector === source.collector),
  );
  return [...theirs.map(({ id }) => id), unattributed];
}

/**
 * A collector writes to its sources' clients. A lander reads the clients it lands, in the one group, and writes their
 * dead letters. An operator reads dead letters and writes them back. Whoever is not named may do nothing. `everyone`: whose
 * batches these brokers carry.
 */
export function rulesWanted(
  { principals, group }: Pick<KafkaConfig, 'principals' | 'group'>,
  sources: ReadonlyMap<string, { readonly name: string; readonly collector: string }>,
  directory: Pick<Directory, 'clients'>,
  everyone: readonly TenantId[] = [...directory.clients.keys(), unattributed],
): readonly Rule[] {
  const rules: Rule[] = [];
  const allow = (principal: string, operation: Rule['operation'], on: Rule['on'], name: string) =>
    void rules.push({ principal, operation, on, name });
  for (const [principal, names] of Object.entries(principals.collectors)) {
    const own = names
      .flatMap((name) => sources.get(name) ?? [])
      .flatMap((source) => tenantsOfSource(source, directory));
    for (const tenant of new Set(own))
      if (everyone.includes(tenant)) allow(principal, 'WRITE', 'topic', topicOf(tenant));
  }
  for (const [principal, named] of Object.entries(principals.landers)) {
    allow(principal, 'READ', 'group', group);
    for (const tenant of everyone.filter((one) => named === 'all' || named.includes(one))) {
      allow(principal, 'READ', 'topic', topicOf(tenant));
      allow(principal, 'WRITE', 'topic', deadTopicOf(tenant));
    }
  }
  for (const principal of principals.operators) {
    allow(principal, 'READ', 'group', replayGroup);
    for (const tenant of everyone) {
      allow(principal, 'READ', 'topic', deadTopicOf(tenant));
      allow(principal, 'WRITE', 'topic', topicOf(tenant));
    }
  }
  return rules;
}

const textOf = ({ principal, operation, on, name }: Rule) => `${principal} ${operation} ${on} ${name}`;

export function ruleChanges(wanted: readonly Rule[], there: readonly Rule[]) {
  const wantedTexts = new Set(wanted.map(textOf));
  const thereTexts = new Set(there.map(textOf));
  return {
    add: wanted.filter((rule) => !thereTexts.has(textOf(rule))),
    remove: there.filter((rule) => !wantedTexts.has(textOf(rule))),
  };
}
