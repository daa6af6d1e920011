/** Topics and rights as they are at the brokers, and how they are changed. */
import {
  type AclEntry,
  type AclFilter,
  type Admin,
  adminNames,
  faultOf,
  type KafkaDeps,
  kafkaClient,
  type Operation,
} from './kafka.ts';
import type { Rule, Topic, TopicChange } from './kafka-rules.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } =
  adminNames;

/** Rights are removed with one request for so many. */
const rulesAtOnceMax = 500;
const topicsAtOnceMax = 200;

/** A right that no rule of ours says: on what, for whom. Shown, and removed with the others where it is on our topics alone. */
export interface Stray {
  readonly entry: AclEntry;
  readonly text: string;
  /** It reaches beyond our topics, so that removing it is not ours to decide. */
  readonly wide: boolean;
}

export interface KafkaAdmin extends AsyncDisposable {
  /** Names of all topics that this user may do anything with. */
  visible(): Promise<readonly string[]>;
  /** Of our topics that exist: partitions and settings. */
  topics(names: readonly string[]): Promise<ReadonlyMap<string, Pick<Topic, 'partitions' | 'settings'>>>;
  /** Creates and sets; changes nothing else. */
  applyTopics(changes: readonly TopicChange[]): Promise<void>;
  /** Raises the number of partitions. */
  addPartitions(changes: readonly TopicChange[]): Promise<void>;
  /** All rights on topics `cordon.…` and on these groups: those that can be said as rules, and the others. */
  rules(groups: readonly string[]): Promise<{ readonly rules: readonly Rule[]; readonly strays: readonly Stray[] }>;
  applyRules(add: readonly Rule[], remove: readonly Rule[], strays: readonly Stray[]): Promise<void>;
}

/** Throws BROKER_UNREACHABLE or BROKER_REFUSED. */
export async function openKafkaAdmin(deps: KafkaDeps): Promise<KafkaAdmin> {
  const admin = kafkaClient(deps).admin();
  await tried('connecting', () => admin.connect());
  return {
    visible: () => tried('reading topics', () => admin.listTopics()),
    topics: (names) => tried('reading topics', () => topicsThere(admin, names)),
    applyTopics: (changes) => tried('changing topics', () => applyTopics(admin, changes)),
    addPartitions: (changes) =>
      tried('adding partitions', async () => {
        const grown = changes.filter((change) => change.is === 'partitions' && change.from < change.topic.partitions);
        if (grown.length === 0) return;
        await admin.createPartitions({
          topicPartitions: grown.map(({ topic }) => ({ topic: topic.name, count: topic.partitions })),
        });
      }),
    rules: (groups) => tried('reading rights', () => rulesThere(admin, groups)),
    applyRules: (add, remove, strays) =>
      tried('changing rights', async () => {
        const gone = [...remove.map(entryOf), ...strays.filter(({ wide }) => !wide).map(({ entry }) => entry)];
        // What is taken away first: in between, somebody may do less than they should, never more.
        for (const part of partsOf(gone, rulesAtOnceMax)) await admin.deleteAcls({ filters: part.map(filterOf) });
        for (const part of partsOf(add, rulesAtOnceMax)) await admin.createAcls({ acl: part.map(entryOf) });
      }),
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
}

async function tried<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw faultOf(error, doing);
  }
}

function partsOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
}

async function topicsThere(admin: Admin, names: readonly string[]) {
  const listed = new Set(await admin.listTopics());
  const there = new Map<string, Pick<Topic, 'partitions' | 'settings'>>();
  const ours = names.filter((name) => listed.has(name));
  for (const part of partsOf(ours, topicsAtOnceMax)) {
    const { topics } = await admin.fetchTopicMetadata({ topics: part });
    const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: part.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
    });
    for (const { resourceName, configEntries } of resources) {
      const settings = Object.fromEntries(
        configEntries.map(({ configName, configValue }) => [configName, configValue]),
      );
      there.set(resourceName, { partitions: counts.get(resourceName) ?? 0, settings });
    }
  }
  return there;
}

async function applyTopics(admin: Admin, changes: readonly TopicChange[]): Promise<void> {
  const made = changes.flatMap((change) => (change.is === 'create' ? [change.topic] : []));
  for (const part of partsOf(made, topicsAtOnceMax)) {
    await admin.createTopics({
      waitForLeaders: false,
      topics: part.map(({ name, partitions, replicationFactor, settings }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor,
        configEntries: entriesOf(settings),
      })),
    });
  }
  const set = new Map(
    changes.flatMap((change) => (change.is === 'setting' ? [[change.topic.name, change.topic]] : [])),
  );
  for (const part of partsOf([...set.values()], topicsAtOnceMax)) {
    // This request replaces all of a topic's own settings, so those that somebody else made go with it: said in the docs.
    await admin.alterConfigs({
      validateOnly: false,
      resources: part.map(({ name, settings }) => ({
        type: ConfigResourceTypes.TOPIC,
        name,
        configEntries: entriesOf(settings),
      })),
    });
  }
}

const entriesOf = (settings: Topic['settings']) => Object.entries(settings).map(([name, value]) => ({ name, value }));

const anything = {
  principal: undefined,
  host: undefined,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.ANY,
} as const;

async function rulesThere(admin: Admin, groups: readonly string[]) {
  const rules: Rule[] = [];
  const strays: Stray[] = [];
  for (const resourceType of [AclResourceTypes.TOPIC, AclResourceTypes.GROUP]) {
    const filter = { ...anything, resourceType, resourcePatternType: ResourcePatternTypes.ANY } as unknown as AclFilter;
    const { resources } = await admin.describeAcls(filter);
    for (const { acls, ...resource } of resources) {
      if (!reaches(resource, groups)) continue;
      for (const acl of acls) {
        const entry: AclEntry = { ...resource, ...acl };
        const rule = ruleOf(entry);
        if (rule) rules.push(rule);
        else strays.push({ entry, text: textOf(entry), wide: isWide(resource, groups) });
      }
    }
  }
  return { rules, strays };
}

type Resource = Pick<AclEntry, 'resourceType' | 'resourceName' | 'resourcePatternType'>;

const ours = 'cordon.';

/** Whether a right on this can be a right on one of our topics or groups. */
function reaches({ resourceType, resourceName, resourcePatternType }: Resource, groups: readonly string[]): boolean {
  if (resourceName === '*') return true;
  const isPrefix = resourcePatternType === ResourcePatternTypes.PREFIXED;
  if (resourceType === AclResourceTypes.GROUP) {
    return groups.some((group) => (isPrefix ? group.startsWith(resourceName) : group === resourceName));
  }
  return resourceName.startsWith(ours) || (isPrefix && ours.startsWith(resourceName));
}

function isWide({ resourceType, resourceName, resourcePatternType }: Resource, groups: readonly string[]): boolean {
  if (resourceType === AclResourceTypes.GROUP) return !groups.includes(resourceName);
  return (
    resourceName === '*' || (resourcePatternType === ResourcePatternTypes.PREFIXED && !resourceName.startsWith(ours))
  );
}

const operations: Readonly<Record<Rule['operation'], Operation>> = {
  READ: AclOperationTypes.READ,
  WRITE: AclOperationTypes.WRITE,
  DESCRIBE: AclOperationTypes.DESCRIBE,
};

/** `undefined`: not of the kind we make. */
function ruleOf(entry: AclEntry): Rule | undefined {
  const { principal, host, operation, permissionType, resourceType, resourceName, resourcePatternType } = entry;
  const named = (Object.keys(operations) as Rule['operation'][]).find((name) => operations[name] === operation);
  const plain = host === '*' && permissionType === AclPermissionTypes.ALLOW && principal !== 'User:*';
  if (!named || !plain || resourcePatternType !== ResourcePatternTypes.LITERAL || resourceName === '*')
    return undefined;
  const on = resourceType === AclResourceTypes.GROUP ? 'group' : 'topic';
  return { principal: principal.replace(/^User:/, ''), operation: named, on, name: resourceName };
}

const entryOf = ({ principal, operation, on, name }: Rule): AclEntry => ({
  principal: `User:${principal}`,
  host: '*',
  operation: operations[operation],
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: on === 'group' ? AclResourceTypes.GROUP : AclResourceTypes.TOPIC,
  resourceName: name,
  resourcePatternType: ResourcePatternTypes.LITERAL,
});

const filterOf = (entry: AclEntry): AclFilter => ({ ...entry });

function textOf({ principal, host, operation, permissionType, resourceName, resourcePatternType }: AclEntry): string {
  const verb = nameIn(AclPermissionTypes, permissionType);
  const pattern = resourcePatternType === ResourcePatternTypes.PREFIXED ? `${resourceName}…` : resourceName;
  return `${verb} ${principal} from ${host} ${nameIn(AclOperationTypes, operation)} ${pattern}`;
}

const nameIn = (names: object, value: number): string =>
  Object.entries(names).find(([, one]) => one === value)?.[0] ?? `${value}`;
