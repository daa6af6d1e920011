/** From a command line to an exit code: finds the verb, reads its flags, runs it, says in a sentence what went wrong. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { Fault, type FaultCode, isFault } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { packageRoot } from '../core/package-root.ts';
import { type Reader, readingAs } from '../store/reads/reader.ts';
import { type Command, type ExitCode, globalOptions, type Io, type Options } from './command.ts';
import { helpOf, overview } from './help.ts';
import { verbs as allVerbs, type Verb } from './verbs.ts';

/** The command was used wrongly, or what it was told to read is wrong; anything else failed while doing its work. */
const usedWrongly: readonly FaultCode[] = ['USAGE', 'CONFIG_INVALID', 'DIRECTORY_INVALID', 'FACT_INVALID'];

/** It becomes part of a line of the log of readings, whose end is looked for in 64 KiB. */
const purposeCharsMax = 1_000;

export async function dispatch(args: readonly string[], io: Io, verbs: readonly Verb[] = allVerbs): Promise<ExitCode> {
  try {
    return await run(args, io, verbs);
  } catch (error) {
    if (isFault(error)) {
      io.err.write(`${error.message}\n`);
      return usedWrongly.includes(error.code) ? 2 : 1;
    }
    if (io.signal.aborted && (error as Error).name === 'AbortError') {
      io.err.write('stopped\n');
      return 1;
    }
    const about = fileTrouble(error);
    if (about !== undefined) {
      io.err.write(`${about}\n`);
      return 1;
    }
    io.err.write(`this is a bug in cordon: ${(error as Error).stack ?? String(error)}\n`);
    return 1;
  }
}

/** What the machine says of a file or folder, and no mistake of this program makes it say. */
const fileTroubles: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  EROFS: 'its file system takes no changes',
  ENOSPC: 'its disk is full',
  EDQUOT: 'the quota of this user is used up',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EIO: 'its disk does not answer as it should',
};

function fileTrouble(error: unknown): string | undefined {
  const { code = '', path, syscall = '' } = error as NodeJS.ErrnoException;
  const says = fileTroubles[code];
  return says !== undefined && path !== undefined ? `${path}: ${says} (${syscall}, ${code})` : undefined;
}

async function run([name, ...rest]: readonly string[], io: Io, verbs: readonly Verb[]): Promise<ExitCode> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? io.err : io.out).write(overview(verbs));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    const { version } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as { version: string };
    io.out.write(`${version}\n`);
    return 0;
  }
  const verb = verbs.find((one) => one.name === name);
  if (!verb) {
    const known = verbs.map((one) => one.name);
    const near = nearest(name, known);
    throw new Fault(
      'USAGE',
      `there is no verb \`${name}\`; ${near ? `did you mean \`${near}\`?` : `there are ${known.join(', ')}`}`,
    );
  }
  const command = await verb.load();
  const given = readFlags(rest, command);
  if (given.values['help'] === true) {
    io.out.write(helpOf(command, verb.summary));
    return 0;
  }
  const [surplus] = given.positionals;
  if (command.positionals === undefined && surplus !== undefined)
    throw new Fault('USAGE', `${command.name} takes no \`${surplus}\`; see cordon ${command.name} --help`);
  const { purpose } = given.values;
  if (typeof purpose === 'string' && purpose.length > purposeCharsMax)
    throw new Fault(
      'USAGE',
      `--purpose takes ${purposeCharsMax} characters; this has ${purpose.length}: say it shorter`,
    );
  const reader: Reader = {
    who: userInfo().username,
    kind: 'person',
    purpose: typeof purpose === 'string' && purpose !== '' ? `${command.name}: ${purpose}` : command.name,
  };
  return await readingAs(reader, () => command.run(given, io));
}

function readFlags(args: readonly string[], command: Command) {
  const options: Options = { ...command.options, ...globalOptions };
  try {
    return parseArgs({ args: joinTimes(args, options), options: { ...options }, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error;
    throw new Fault('USAGE', `${flagSentence(message, options)}; see cordon ${command.name} --help`);
  }
}

/** `--from -7d` is meant; parseArgs takes what begins with a dash for a flag unless it stands as `--from=-7d`. */
function joinTimes(args: readonly string[], options: Options): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    const takesText = before.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (takesText && /^-\d/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function flagSentence(message: string, options: Options): string {
  const [, flag] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
  if (flag === undefined) return message.split(/[.\n]/)[0] ?? message;
  const near = nearest(flag.replace(/^-+/, ''), Object.keys(options));
  return `there is no option \`${flag}\`${near ? `; did you mean \`--${near}\`?` : ''}`;
}
