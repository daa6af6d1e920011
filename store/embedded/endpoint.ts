/** Where the embedded server of a data folder listens, written down so that a second process can find it. */
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivately } from '../../core/write-whole.ts';

const shape = z.object({
  port: z.int().min(1).max(65_535),
  pid: z.int().positive(),
  /** When the process began, in the kernel's ticks: a later process with the same number has another. */
  began: z.string(),
});

export type Endpoint = z.output<typeof shape>;

const fileIn = (home: string) => join(home, 'endpoint.json');

export function writeEndpoint(home: string, endpoint: Endpoint): void {
  writePrivately(fileIn(home), `${JSON.stringify(endpoint)}\n`);
}

export function removeEndpoint(home: string): void {
  rmSync(fileIn(home), { force: true });
}

/** `undefined` if there is none, or if its process is gone. */
export function readEndpoint(home: string): Endpoint | undefined {
  let text: string;
  try {
    text = readFileSync(fileIn(home), 'utf8');
  } catch {
    return undefined;
  }
  const parsed = shape.safeParse(JSON.parse(text));
  return parsed.success && beganAt(parsed.data.pid) === parsed.data.began ? parsed.data : undefined;
}

/** Field 22 of /proc/PID/stat (proc(5)); `undefined` when there is no such process, or only what is left of it. */
export function beganAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

const listening = '0A';

/**
 * Whether it is this very process that listens on that port of 127.0.0.1. Passwords go to nobody else: another process
 * of this machine may have taken the port meanwhile.
 */
export function isListening({ pid, port }: Pick<Endpoint, 'pid' | 'port'>): boolean {
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  try {
    const sockets = readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1] === wanted && fields[3] === listening)
      .map((fields) => `socket:[${fields[9]}]`);
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.includes(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
