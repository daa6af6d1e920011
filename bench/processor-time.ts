/** What processes cost, read from /proc (proc(5)): Linux counts a process's time in ticks of 10 ms. */
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

const statOf = (pid: number | string): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');

/** User and system time of a process, not of its children. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The most memory it ever held. */
export const residentMb = (pid: number): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);

/** The ClickHouse server is a child of whoever holds the store. */
export function childrenOf(pid: number): number[] {
  const isChild = (name: string): boolean => {
    try {
      return statOf(name)[1] === `${pid}`;
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isChild(name))
    .map(Number);
}

export interface Use {
  readonly cpu: number;
  readonly mb: number;
}

/** Follows a process that will end by itself: what was read last is what it took. */
export function watchUse(pid: number): { read(): Use; stop(): Use } {
  const before = cpuSeconds(pid);
  let use: Use = { cpu: 0, mb: 0 };
  const read = (): Use => {
    try {
      // What has ended and was not waited for yet has no memory any more.
      use = { cpu: cpuSeconds(pid) - before, mb: Math.max(use.mb, residentMb(pid)) };
    } catch {
      // It has ended.
    }
    return use;
  };
  const timer = setInterval(read, 20);
  return {
    read,
    stop() {
      clearInterval(timer);
      return read();
    },
  };
}
