import { Agent, type ClientRequestArgs } from 'node:http';
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isFault } from '../../core/errors.ts';
import type { Endpoint } from './endpoint.ts';

type Connected = (error: Error | null, stream: Duplex) => void;

/**
 * Connects to the embedded server wherever it listens when a connection is opened, and to no other process: passwords go
 * over it. `endpointOf` may wait for a server that is being started again.
 */
export class EmbeddedAgent extends Agent {
  readonly #endpointOf: () => Promise<Endpoint>;

  constructor(endpointOf: () => Promise<Endpoint>, connectionsMax: number) {
    super({ keepAlive: true, maxSockets: connectionsMax });
    this.#endpointOf = endpointOf;
  }

  override createConnection(_: ClientRequestArgs, connected?: Connected): undefined {
    this.#endpointOf().then(
      ({ port }) => {
        const socket = connect({ host: '127.0.0.1', port, noDelay: true, keepAlive: true });
        connected?.(null, socket);
      },
      (error: unknown) => {
        // What a client of the store knows by its `code` is told apart from a bug.
        const code = isFault(error) ? error.code : 'STORE_STOPPED';
        connected?.(Object.assign(new Error('the embedded store is away', { cause: error }), { code }), new Socket());
      },
    );
    return undefined;
  }
}
