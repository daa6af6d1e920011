/** How long an alert waits that no notifier could deliver: a minute at first, ten at most, so that a mail server with a fault is not asked at every tick. */
import type { Instant } from '../core/types.ts';

const firstRestMs = 60_000;
const restMsMax = 600_000;
/** Beyond so many failing alerts the oldest is forgotten, and tried again at once. */
const restsMax = 10_000;

interface Rest {
  readonly failures: number;
  readonly until: Instant;
}

/** Kept in memory only: after a restart, which is how a fault is often mended, everything is tried at once. */
export class Rests {
  readonly #rests = new Map<string, Rest>();

  rests(alert: string, at: Instant): boolean {
    return (this.#rests.get(alert)?.until ?? 0) > at;
  }

  /** Milliseconds until it is tried again. */
  failed(alert: string, at: Instant): number {
    const failures = (this.#rests.get(alert)?.failures ?? 0) + 1;
    const restMs = Math.min(restMsMax, firstRestMs * 2 ** (failures - 1));
    this.#rests.delete(alert);
    this.#rests.set(alert, { failures, until: at + restMs });
    if (this.#rests.size > restsMax)
      for (const oldest of [...this.#rests.keys()].slice(0, 1)) this.#rests.delete(oldest);
    return restMs;
  }

  delivered(alert: string): void {
    this.#rests.delete(alert);
  }
}
