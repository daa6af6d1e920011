import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Notice } from './notice.ts';
import type { Delivery, Notifier } from './notifier.ts';

export interface DeliverLimits {
  readonly attemptsMax: number;
  readonly firstWaitMs: number;
  readonly waitMsMax: number;
}

/** About a minute and a half in all: what fails for longer is tried again by the next tick, since nothing was recorded as said. */
export const deliverLimits: DeliverLimits = { attemptsMax: 6, firstWaitMs: 1_000, waitMsMax: 60_000 };

export interface DeliverDeps {
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly limits?: DeliverLimits;
  /** 0 to 1; spreads the waits, so that many senders do not come back at once. */
  readonly random?: () => number;
}

/** Tries until it is delivered, refused, or the limit is reached. Throws the last Fault, so the caller can put it before a human. */
export async function deliver(
  notice: Notice,
  to: readonly string[],
  notifier: Notifier,
  { log, signal, limits = deliverLimits, random = Math.random }: DeliverDeps,
): Promise<Delivery> {
  const about = { notifier: notifier.name, alert: notice.candidate.id, version: notice.version };
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      const delivery = await notifier.notify(notice, to, signal);
      if (delivery.refused > 0) log.warn({ ...about, ...delivery }, 'some addresses were refused');
      return delivery;
    } catch (error) {
      if (signal.aborted || !isFault(error) || !error.retry || attempt >= limits.attemptsMax) throw error;
      const waitMs = Math.min(limits.waitMsMax, limits.firstWaitMs * 2 ** (attempt - 1)) * (0.5 + random() / 2);
      log.warn({ ...about, attempt, waitMs: Math.round(waitMs), code: error.code, ...error.about }, 'not delivered');
      await sleep(waitMs, undefined, { signal });
    }
  }
}
