import { readFileSync } from 'node:fs';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { Fault } from '../core/errors.ts';
import { EmbeddedAgent } from './embedded/agent.ts';
import type { Endpoint } from './embedded/endpoint.ts';
import { spreadOver } from './replicas.ts';

const requestMsMax = 330_000;
const connectionsMax = 4;

/** Where the server is: the embedded one, whose port changes when it dies, or one of your own. */
export type Reach =
  | { readonly endpointOf: () => Promise<Endpoint> }
  | { readonly url: string; readonly ca_file: string | undefined; readonly replicas?: readonly string[] };

export interface Login {
  readonly username: string;
  readonly password: string;
  readonly database?: string | undefined;
}

/** Throws CONFIG_INVALID for a file of authorities that cannot be read. */
export function connected(reach: Reach, { username, password, database }: Login): ClickHouseClient {
  return createClient({
    ...('url' in reach
      ? {
          url: reach.url,
          max_open_connections: connectionsMax,
          ...(reach.ca_file !== undefined && { tls: { ca_cert: authorities(reach.ca_file) } }),
        }
      : // The agent knows the port.
        { url: 'http://127.0.0.1', http_agent: new EmbeddedAgent(reach.endpointOf, connectionsMax) }),
    username,
    password,
    ...(database ? { database } : {}),
    request_timeout: requestMsMax,
    keep_alive: { enabled: true },
    // It would print statements; what fails is said by whoever asked.
    log: { level: ClickHouseLogLevel.OFF },
  });
}

function authorities(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Fault('CONFIG_INVALID', `${file}, \`ca_file\` of the store, cannot be read`, {}, cause);
  }
}

/** One client for each user, made when first asked for. */
export class Clients {
  readonly #reach: Reach;
  readonly #passwordOf: (user: string) => string;
  readonly #made = new Map<string, ClickHouseClient>();
  readonly #ofReplicas: ClickHouseClient[] = [];

  constructor(reach: Reach, passwordOf: (user: string) => string) {
    this.#reach = reach;
    this.#passwordOf = passwordOf;
  }

  of(username: string, database: string | undefined): ClickHouseClient {
    const made = this.#made.get(username);
    if (made) return made;
    const login = { username, password: this.#passwordOf(username), database };
    const reach = this.#reach;
    const client = connected(reach, login);
    this.#made.set(username, client);
    if ('url' in reach) {
      const replicas = (reach.replicas ?? []).map((url) => connected({ url, ca_file: reach.ca_file }, login));
      this.#ofReplicas.push(...replicas);
      spreadOver(client, replicas);
    }
    return client;
  }

  async close(): Promise<void> {
    const all = [...this.#made.values(), ...this.#ofReplicas.splice(0)];
    this.#made.clear();
    await Promise.all(all.map((client) => client.close()));
  }
}
