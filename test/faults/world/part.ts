/** One of Cordon's processes as a supervisor keeps it: started again when it ends by itself, killed when a fault wants it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../core/package-root.ts';

const main = fileURLToPath(new URL('dist/cli/main.js', packageRoot));
const stopsWithinMs = 30_000;
/** As systemd's RestartSec and its start limit: what falls more often than this needs a person. */
const restartMs = 500;
const fallsMax = 50;

export class Part {
  readonly name: string;
  /** What it says, as lines of JSON. */
  readonly logFile: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #wanted = false;
  /** How often it ended without being told to. */
  falls = 0;

  constructor(name: string, args: readonly string[], logFile: string) {
    if (!existsSync(main)) throw new Error('there is no dist/: run npm run build:node');
    this.name = name;
    this.logFile = logFile;
    this.#args = args;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get runs(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start(): void {
    this.#wanted = true;
    if (this.runs) return;
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.execPath, [main, ...this.#args], { stdio: ['ignore', 'ignore', log] });
    closeSync(log);
    this.#child = child;
    const reap = () => child.kill('SIGKILL');
    process.once('exit', reap);
    child.once('exit', () => {
      process.removeListener('exit', reap);
      if (this.#wanted && this.#child === child) void this.#again();
    });
  }

  /** Of the process alone; what it started dies with it or does not, as it would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    const child = this.#child;
    const forced = setTimeout(() => child?.kill('SIGKILL'), stopsWithinMs);
    await this.#end('SIGTERM');
    clearTimeout(forced);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (!child || !this.runs) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async #again(): Promise<void> {
    this.falls += 1;
    if (this.falls > fallsMax) return;
    await sleep(restartMs);
    if (this.#wanted) this.start();
  }
}

export interface Ended {
  readonly code: number | null;
  readonly err: string;
}

/** A verb that ends. `onOut` gets what it prints. */
export async function ended(args: readonly string[], onOut: (chunk: Buffer) => void = () => undefined): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stdout.on('data', onOut);
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, err };
}
