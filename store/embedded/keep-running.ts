/**
 * An embedded server that is started again when it dies. Each start has another port, and may take some seconds, so whoever talks to
 * it asks where it is whenever a connection is opened, and waits while it comes back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, isFault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { beganAt, type Endpoint } from './endpoint.ts';
import { type EmbeddedServer, type Launch, launch } from './launch.ts';

/** Starts after deaths, within a window; more than that is a server that cannot live. */
const restartsMax = 5;
const windowMs = 600_000;
/** Before the second restart of a window, and doubled for each one after it. The first is at once. */
const firstWaitMs = 500;

export interface KeptServer {
  /** Waits while it is started again. Throws STORE_UNREACHABLE when it was given up. */
  endpoint(): Promise<Endpoint>;
  /** Of the server that runs now, or ran last. */
  readonly pid: number;
  readonly walled: boolean;
  /** Rejects with STORE_UNREACHABLE when it was given up; never resolves. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Throws as `launch` does, whose `signal` is for the first start alone. */
export async function keepRunning(options: Launch & { readonly log: Log }): Promise<KeptServer> {
  const kept = new Kept(options, await launch(options));
  return kept;
}

class Kept implements KeptServer {
  readonly #options: Launch & { readonly log: Log };
  readonly #ended = new AbortController();
  readonly failed: Promise<never>;
  #giveUp: (fault: unknown) => void = () => undefined;
  #last: EmbeddedServer;
  #server: Promise<EmbeddedServer>;
  #deaths: number[] = [];

  constructor(options: Launch & { readonly log: Log }, first: EmbeddedServer) {
    this.#options = { ...options, signal: this.#ended.signal };
    this.failed = new Promise((_, reject) => {
      this.#giveUp = reject;
    });
    // Whoever races against it hears of it; nobody else need.
    this.failed.catch(() => undefined);
    this.#last = first;
    this.#server = Promise.resolve(first);
    this.#watch(first);
  }

  async endpoint(): Promise<Endpoint> {
    for (;;) {
      const server = this.#server;
      const { endpoint, gone } = await server;
      if (beganAt(endpoint.pid) === endpoint.began) return endpoint;
      // Dead, and the news is still on its way.
      await gone;
      if (this.#server === server) await sleep(0);
      this.#ended.signal.throwIfAborted();
    }
  }

  get pid(): number {
    return this.#last.endpoint.pid;
  }

  get walled(): boolean {
    return this.#last.walled;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#server.catch(() => undefined);
    await this.#last.stop();
  }

  #watch(server: EmbeddedServer): void {
    this.#last = server;
    void server.gone.then((words) => {
      if (this.#ended.signal.aborted) return;
      this.#server = this.#startAgain(words);
      this.#server.catch((error: unknown) => this.#giveUp(error));
    });
  }

  async #startAgain(words: string): Promise<EmbeddedServer> {
    const { log, home } = this.#options;
    const { signal } = this.#ended;
    let why = words;
    for (;;) {
      const now = Date.now();
      this.#deaths = [...this.#deaths.filter((at) => now - at < windowMs), now];
      const restarts = this.#deaths.length;
      if (restarts > restartsMax) {
        throw new Fault(
          'STORE_UNREACHABLE',
          `the embedded store died ${restarts} times within ${windowMs / 60_000} minutes (${why}); look at the machine's memory and disk, and at ${home}; then start Cordon again`,
          { restarts },
        );
      }
      log.error({ restarts, pid: this.#last.endpoint.pid }, 'the store has died and is started again');
      try {
        if (restarts > 1) await sleep(firstWaitMs * 2 ** (restarts - 2), undefined, { signal });
        const begun = performance.now();
        const server = await launch(this.#options);
        this.#watch(server);
        log.warn(
          { restarts, pid: server.endpoint.pid, ms: Math.round(performance.now() - begun) },
          'the store is back',
        );
        return server;
      } catch (error) {
        if (!isFault(error, 'STORE_UNREACHABLE')) throw error;
        why = error.message;
      }
    }
  }
}
