/** Roles in processes of their own, as they would be started by hand: Node reads the sources through tsx, nothing of jest's is there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../core/package-root.ts';

const root = fileURLToPath(packageRoot);

/** What still runs when it is disposed of is killed. */
export class RoleProcesses implements AsyncDisposable {
  readonly #running = new Set<ChildProcess>();

  start(role: string, config: string): ChildProcess {
    const args = ['--import', 'tsx', join(root, 'cli/main.ts'), 'start', '--role', role, '--config', config];
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((child) => stop(child, 'SIGKILL')));
  }
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
