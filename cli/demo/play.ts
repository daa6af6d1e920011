/** Plays the demo's systems: appends to the logs that the collectors tail, the past quickly, the last day and a half slowly. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Line } from './act.ts';
import { lateFact } from './facts.ts';
import { type Plan, readPlan } from './plan.ts';

/** Seconds of the firm's time in one of ours: a day and a half in about fifteen seconds. */
const usualSpeed = 10_000;
/** Appended at once while the past is played: small enough that the collectors see files grow. */
const pastLinesMax = 400;
const stepMs = 100;
/** Beside cordon.yaml. */
export const lateFacts = 'late-facts.jsonl';
const settleMs = 10_000;
/** Nobody waits through an empty night. */
const waitMsMax = 1_000;

export interface PlayOptions {
  readonly signal: AbortSignal;
  readonly speed?: number;
  readonly now?: () => number;
  /** Called after each append. `live`: the slow part has begun. */
  readonly progress?: (done: number, total: number, live: boolean) => void;
}

/**
 * Resolves when all is written, or when the signal says stop; answers how many records were. When all is, it also writes
 * late-facts.jsonl, for the reader to import. Throws NOT_FOUND without a demo in the folder.
 */
export async function playDemo(
  folder: string,
  { signal, speed = usualSpeed, now = Date.now, progress = () => undefined }: PlayOptions,
): Promise<number> {
  const plan = readPlan(folder);
  const { lines, liveFrom } = plan;
  const firstLive = lines.findIndex(({ at }) => at >= liveFrom);
  const live = firstLive === -1 ? lines.length : firstLive;
  let done = 0;
  try {
    while (done < live) {
      const until = Math.min(live, done + pastLinesMax);
      append(folder, plan, lines.slice(done, until));
      done = until;
      progress(done, lines.length, false);
      await sleep(1, undefined, { signal });
    }
    while (done < lines.length) {
      const begin = lines[done]?.at ?? 0;
      let until = done;
      while (until < lines.length && (lines[until]?.at ?? 0) < begin + stepMs * speed) until += 1;
      append(folder, plan, lines.slice(done, until));
      const gap = (lines[until]?.at ?? begin) - begin;
      done = until;
      progress(done, lines.length, true);
      await sleep(Math.min(waitMsMax, gap / speed), undefined, { signal });
    }
    // Later than any collector can have seen the last record, so that it was not known when they came.
    writeFileSync(join(folder, lateFacts), `${lateFact(now() + settleMs)}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return done;
}

/** One write for each file, in the order of the lines. */
function append(folder: string, { files }: Plan, lines: readonly Line[]): void {
  for (const { source, path } of files) {
    const own = lines.filter((line) => line.source === source);
    if (own.length === 0) continue;
    const bytes = own.flatMap(({ record }) => [Buffer.from(record), Buffer.from('\n')]);
    appendFileSync(join(folder, path), Buffer.concat(bytes));
  }
}
