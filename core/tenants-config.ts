/** `tenants:` of cordon.yaml: clients whose data lies at a server, or travels through brokers, of their own. */
import { z } from 'zod';
import type { Document } from './document.ts';
import { type KafkaConfig, kafkaConfigOf, kafkaSchema } from './kafka-config.ts';
import { ownServerSchema, type ServerConfig, serverConfigOf } from './store-config.ts';
import { type TenantId, tenantId } from './types.ts';

const client = z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'is no id of a client: a letter, then letters, digits and _');

export const tenantsSchema = z
  .record(
    client,
    z
      .strictObject({
        store: ownServerSchema.optional().describe('the ClickHouse server that alone holds the data of this client'),
        kafka: kafkaSchema.optional().describe('the brokers that alone carry its batches'),
        region: z.string().min(1).max(100).optional().describe('where these lie; must be what the directory says'),
      })
      .refine((given) => given.store !== undefined || given.kafka !== undefined, 'names neither store nor kafka'),
  )
  .default({})
  .describe('clients with a store or brokers of their own');

type Parsed = z.output<typeof tenantsSchema>;

export interface TenantConfig {
  readonly store: ServerConfig | undefined;
  readonly kafka: KafkaConfig | undefined;
  readonly region: string | undefined;
}

export type TenantsConfig = ReadonlyMap<TenantId, TenantConfig>;

export function tenantsConfigOf(given: Parsed, from: (name: string) => string): TenantsConfig {
  return new Map(
    Object.entries(given).map(([name, { store, kafka, region }]) => [
      tenantId(name),
      { store: store && serverConfigOf(store, from), kafka: kafka && kafkaConfigOf(kafka, from), region },
    ]),
  );
}

/** A server or a cluster, and the clients that name it: those who name the same one share it. */
export interface Shared<Endpoint> {
  readonly at: Endpoint;
  readonly tenants: readonly TenantId[];
}

const serverKey = ({ url }: { readonly url: string }): string => new URL(url).origin;
const clusterKey = ({ brokers }: { readonly brokers: readonly string[] }): string => [...brokers].sort().join();

export const ownServers = (tenants: TenantsConfig): Shared<ServerConfig>[] =>
  shared(tenants, ({ store }) => store, serverKey);
export const ownClusters = (tenants: TenantsConfig): Shared<KafkaConfig>[] =>
  shared(tenants, ({ kafka }) => kafka, clusterKey);

function shared<Endpoint>(
  tenants: TenantsConfig,
  endpointOf: (config: TenantConfig) => Endpoint | undefined,
  keyOf: (endpoint: Endpoint) => string,
): Shared<Endpoint>[] {
  const found = new Map<string, { at: Endpoint; tenants: TenantId[] }>();
  for (const [tenant, config] of tenants) {
    const at = endpointOf(config);
    if (at === undefined) continue;
    const one = found.get(keyOf(at)) ?? { at, tenants: [] };
    one.tenants.push(tenant);
    found.set(keyOf(at), one);
  }
  return [...found.values()];
}

interface Defaults {
  readonly tenants: Parsed;
  readonly store: 'embedded' | { readonly url: string };
  readonly bus: 'local' | { readonly kafka: { readonly brokers: readonly string[] } };
}

/** What cannot be meant: an own endpoint that is everybody's, or one that is written in two ways. */
export function endpointProblems(document: Document, { tenants, store, bus }: Defaults): string[] {
  const problems: string[] = [];
  const seen = new Map<string, { readonly tenant: string; readonly text: string }>();
  const say = (tenant: string, part: 'store' | 'kafka', what: string) =>
    problems.push(`${document.where(['tenants', tenant, part])}: tenants.${tenant}.${part}: ${what}`);
  const check = (tenant: string, part: 'store' | 'kafka', key: string, given: object) => {
    const text = JSON.stringify(given);
    const before = seen.get(`${part} ${key}`);
    if (before && before.text !== text)
      say(tenant, part, `is what ${before.tenant} names, with other settings; write both alike`);
    seen.set(`${part} ${key}`, before ?? { tenant, text });
  };
  for (const [tenant, given] of Object.entries(tenants)) {
    if (given.store) {
      if (store !== 'embedded' && serverKey(store) === serverKey(given.store))
        say(tenant, 'store', 'is the server of all clients; name another, or none');
      check(tenant, 'store', serverKey(given.store), given.store);
    }
    if (given.kafka) {
      if (bus === 'local') say(tenant, 'kafka', 'the bus is local, so nothing would go there; set bus: { kafka: … }');
      else if (clusterKey(bus.kafka) === clusterKey(given.kafka))
        say(tenant, 'kafka', 'are the brokers of all clients; name others, or none');
      check(tenant, 'kafka', clusterKey(given.kafka), given.kafka);
    }
  }
  return problems;
}
