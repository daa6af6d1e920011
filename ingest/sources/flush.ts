/** Back-pressure: a full spool or a key that cannot be had pauses its source, and the same flush is tried until it goes through. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Flush } from '../flush.ts';
import type { Intake } from '../intake.ts';
import type { SourceCounts } from '../source-counts.ts';

const waitMsMax = 10_000;

export async function flushWhenRoom(
  intake: Intake,
  checkpoint: Flush['checkpoint'],
  { source, log, signal }: { source: string; log: Log; signal: AbortSignal },
): Promise<SourceCounts> {
  await intake.ready(signal);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return intake.flush(checkpoint);
    } catch (error) {
      if (!isFault(error, 'SPOOL_FULL')) throw error;
      const waitMs = Math.min(waitMsMax, 50 * 2 ** Math.min(attempt, 8));
      log.error({ source, attempt, waitMs, ...error.about }, 'the spool is full, the source is paused');
      await sleep(waitMs, undefined, { signal });
    }
  }
}
