import { createTask, validateDetailed } from 'node-cron';
import { Fault, isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';

export interface Schedule {
  readonly name: string;
  /** Six fields, seconds first, or five: https://nodecron.com/docs/cron-syntax */
  readonly expression: string;
  /** A run that takes longer is told to stop through its signal. */
  readonly limitMs: number;
  readonly time_zone?: string;
}

/**
 * Runs `run` at each tick until `signal` ends, and resolves when the last run is done. Two runs never overlap: a tick that falls into a
 * run is skipped and counted. A Fault is logged and the next tick tries again; anything else is a bug and is thrown.
 */
export async function everyTick(
  schedule: Schedule,
  run: (signal: AbortSignal) => Promise<void>,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<{ readonly runs: number; readonly skipped: number }> {
  const { name, expression, limitMs, time_zone = 'UTC' } = schedule;
  const { valid, errors } = validateDetailed(expression);
  if (!valid) {
    throw new Fault(
      'CONFIG_INVALID',
      `\`${expression}\` is no schedule for ${name}: ${errors[0]?.message ?? 'unknown'}`,
    );
  }
  let runs = 0;
  let skipped = 0;
  let running: Promise<void> | undefined;
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  let bug: unknown;

  async function once(): Promise<void> {
    const limit = AbortSignal.timeout(limitMs);
    try {
      await run(AbortSignal.any([signal, limit]));
      runs += 1;
    } catch (error) {
      if (signal.aborted) return;
      if (isFault(error)) log.error({ schedule: name, code: error.code, ...error.about }, 'the run failed');
      else if (limit.aborted) log.error({ schedule: name, limitMs }, 'the run took too long and was stopped');
      else {
        bug = error;
        ended.abort();
      }
    } finally {
      running = undefined;
    }
  }

  const task = createTask(
    expression,
    () => {
      if (running !== undefined) {
        skipped += 1;
        log.warn({ schedule: name, skipped }, 'the run before is not done; this tick is skipped');
        return;
      }
      running = once();
    },
    { name, timezone: time_zone, suppressMissedWarning: true },
  );
  await task.start();
  if (!stop.aborted) await new Promise<void>((done) => stop.addEventListener('abort', () => done(), { once: true }));
  await task.destroy();
  await running;
  if (bug !== undefined) throw bug;
  return { runs, skipped };
}
