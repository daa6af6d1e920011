/** The built program (`npm run build:node`) as a child process, which can be killed as nothing else can: at any moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../core/package-root.ts';

const main = fileURLToPath(new URL('dist/cli/main.js', packageRoot));

export interface Ended {
  /** `null`: it was killed. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function program(args: readonly string[], cwd: string): Running {
  if (!existsSync(main)) throw new Error('there is no dist/: run npm run build:node');
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([out, err, [code]]): Ended => ({ code: code as number | null, out, err }),
  );
  return { child, ended };
}

/** The processes that a process started and that are still there. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // State and parent follow the name, which stands in brackets and may hold anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return -1;
  }
}

const isThere = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '');
  } catch {
    return false;
  }
};

const diesWithinMs = 30_000;

/** SIGKILL, and nothing of it is left: its store, which it cannot take along itself, dies too. */
export async function killed({ child, ended }: Running): Promise<{ readonly store: number[] }> {
  const store = child.pid === undefined ? [] : childrenOf(child.pid);
  child.kill('SIGKILL');
  await ended;
  const giveUpAt = Date.now() + diesWithinMs;
  while (store.some(isThere)) {
    if (Date.now() > giveUpAt) throw new Error(`the store (${store.join(', ')}) outlives its killed parent`);
    await sleep(10);
  }
  return { store };
}
