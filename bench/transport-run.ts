/** One system's run, and how it is told. */
import type { Use } from './processor-time.ts';

export interface Run {
  readonly system: string;
  readonly records: number;
  /** By process. */
  readonly use: Readonly<Record<string, Use>>;
  /** Records a second of wall time, by step. */
  readonly perSecond: Readonly<Record<string, number>>;
}

export function totalOf({ use, records }: Run): number {
  return (Object.values(use).reduce((sum, { cpu }) => sum + cpu, 0) / records) * 1e6;
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** Processor seconds by million records. */
export function toldRun(run: Run): string {
  const { system, records, use, perSecond } = run;
  const map = <T, U>(of: Readonly<Record<string, T>>, change: (one: T) => U): Record<string, U> =>
    Object.fromEntries(Object.entries(of).map(([name, one]) => [name, change(one)]));
  return JSON.stringify({
    bench: 'transport/m365',
    system,
    records,
    cpuPerMillion: { ...map(use, ({ cpu }) => tenth((cpu / records) * 1e6)), total: tenth(totalOf(run)) },
    perSecond: map(perSecond, Math.round),
    residentMb: map(use, ({ mb }) => mb),
  });
}
