/** The shape of a verb. It gets its streams handed to it, so a test can read what it printed without a child process. */
import type { parseArgs } from 'node:util';

/** One flag, for node:util parseArgs, with what `--help` says of it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean | string[] | boolean[];
  /** What stands for the value in help: `FILE`, `TIME`. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** Every verb takes these. */
export const globalOptions = {
  config: { type: 'string', value: 'FILE', help: 'configuration (default ./cordon.yaml, then $CORDON_CONFIG)' },
  json: { type: 'boolean', help: 'machine-readable output' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const satisfies Options;

type Settings<O extends Options> = { options: O & typeof globalOptions; allowPositionals: true; strict: true };

export interface Io {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
  readonly in: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** stderr is a terminal: progress bars may be drawn there, colours too unless NO_COLOR is set. */
  readonly isTTY: boolean;
}

/** 0 fine · 1 found or failed · 2 used wrongly. */
export type ExitCode = 0 | 1 | 2;

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** Whole lines that work when pasted, each `cordon …`, then optionally `# what it does`. Help starts with them. */
  readonly examples: readonly string[];
  /** What stands after the verb: `check`, `FILE…`. */
  readonly positionals?: string;
  readonly options: O;
  run(given: Given<O>, io: Io): Promise<ExitCode>;
}

/** The parsed command line: `values` typed after the options, `positionals` as written. */
type Given<O extends Options> = Pick<ReturnType<typeof parseArgs<Settings<O>>>, 'values' | 'positionals'>;

/** Keeps the options' types for `run`, and forgets them for the list of verbs. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command;
}
