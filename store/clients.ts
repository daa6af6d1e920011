import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { EmbeddedAgent } from './embedded/agent.ts';
import type { Endpoint } from './embedded/endpoint.ts';

const requestMsMax = 330_000;
const connectionsMax = 4;

/** One client for each user, made when first asked for. */
export class Clients {
  readonly #endpointOf: () => Promise<Endpoint>;
  readonly #passwordOf: (user: string) => string;
  readonly #made = new Map<string, ClickHouseClient>();

  constructor(endpointOf: () => Promise<Endpoint>, passwordOf: (user: string) => string) {
    this.#endpointOf = endpointOf;
    this.#passwordOf = passwordOf;
  }

  of(username: string, database: string | undefined): ClickHouseClient {
    const made = this.#made.get(username);
    if (made) return made;
    const client = createClient({
      // The agent knows the port, which is another one after the server died.
      url: 'http://127.0.0.1',
      http_agent: new EmbeddedAgent(this.#endpointOf, connectionsMax),
      username,
      password: this.#passwordOf(username),
      ...(database ? { database } : {}),
      request_timeout: requestMsMax,
      keep_alive: { enabled: true },
      // It would print statements; what fails is said by whoever asked.
      log: { level: ClickHouseLogLevel.OFF },
    });
    this.#made.set(username, client);
    return client;
  }

  async close(): Promise<void> {
    const all = [...this.#made.values()];
    this.#made.clear();
    await Promise.all(all.map((client) => client.close()));
  }
}
