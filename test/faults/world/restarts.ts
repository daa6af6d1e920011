/** How long each process needs until it serves again, and what that comes to. */

/** A process is to serve again within this after its restart. */
export const servesWithinMs = 10_000;

/** Which process it was, and the milliseconds from its start until a reader saw a record that was written after it. */
export interface Restart {
  readonly of: string;
  readonly ms: number;
}

export interface RestartTimes {
  readonly times: number;
  readonly medianMs: number;
  readonly maxMs: number;
  /** Of these, how many took longer than they may. */
  readonly late: number;
}

/** By process. */
export function timesOf(restarts: readonly Restart[]): Readonly<Record<string, RestartTimes>> {
  const byName = new Map<string, number[]>();
  for (const { of, ms } of restarts) byName.set(of, [...(byName.get(of) ?? []), Math.round(ms)]);
  return Object.fromEntries(
    [...byName].map(([name, all]) => {
      const sorted = [...all].sort((a, b) => a - b);
      const late = sorted.filter((ms) => ms > servesWithinMs).length;
      const medianMs = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
      return [name, { times: sorted.length, medianMs, maxMs: sorted.at(-1) ?? 0, late }];
    }),
  );
}
