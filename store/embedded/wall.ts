/**
 * Keeps the server process from every file but its own, by Landlock (landlock(7), Linux 5.13). This build's SQL function
 * `file()` asks for no grant and knows no folder: without the wall, whoever can send a query reads all that this
 * account can read, keys and environment included.
 */
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { DataType, load } from 'ffi-rs';

const { I32, I64, U8Array } = DataType;

/** System call numbers, the same on every architecture. */
const createRuleset = 444;
const addRule = 445;
const restrictSelf = 446;
const askVersion = 1;
const rulePathBeneath = 1;
const prSetNoNewPrivs = 38;
/** O_PATH, which Node does not name: the file is pointed at and not opened. */
const oPath = 0o10000000;

/** How many kinds of file access each version of Landlock knows, from the first: execute, write, read, list, … */
const kindsByVersion = [0, 13, 14, 15, 15, 16];
const readFile = 1 << 2;

export interface Openings {
  /** Folders in which everything may be done. */
  readonly whole: readonly string[];
  /** Files that may be read. */
  readonly read: readonly string[];
}

/** Walls in the calling thread and all threads it starts; `libc` is opened. False where the kernel has no Landlock. */
export function wallIn({ whole, read }: Openings): boolean {
  const version = Number(system(createRuleset, [I64, 0], [I64, 0], [I64, askVersion]));
  if (version < 1) return false;
  const kinds = kindsByVersion[Math.min(version, kindsByVersion.length - 1)] ?? 0;
  const handled = 2 ** kinds - 1;
  const ruleset = Number(system(createRuleset, [U8Array, mask(handled)], [I64, 8], [I64, 0]));
  if (ruleset < 0) return false;
  for (const path of whole) allow(ruleset, path, handled);
  for (const path of read.filter((each) => existsSync(each))) allow(ruleset, path, readFile);
  const noNewPrivileges = load({
    library: 'c',
    funcName: 'prctl',
    retType: I32,
    paramsType: [I32, I64, I64, I64, I64],
    paramsValue: [prSetNoNewPrivs, 1, 0, 0, 0],
  });
  return noNewPrivileges === 0 && Number(system(restrictSelf, [I64, ruleset], [I64, 0], [I64, 0])) === 0;
}

type Argument = readonly [type: DataType, value: number | Buffer];

function system(call: number, ...args: readonly Argument[]): unknown {
  return load({
    library: 'c',
    funcName: 'syscall',
    retType: I64,
    paramsType: [I64, ...args.map(([type]) => type)],
    paramsValue: [call, ...args.map(([, value]) => value)],
  });
}

function allow(ruleset: number, path: string, access: number): void {
  const fd = openSync(path, oPath | constants.O_RDONLY);
  // struct landlock_path_beneath_attr, packed: which accesses, beneath which file.
  const rule = Buffer.alloc(12);
  mask(access).copy(rule);
  rule.writeInt32LE(fd, 8);
  const refused = system(addRule, [I64, ruleset], [I64, rulePathBeneath], [U8Array, rule], [I64, 0]);
  closeSync(fd);
  if (Number(refused) !== 0) throw new Error(`no opening can be made for ${path}`);
}

function mask(bits: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(bits));
  return bytes;
}
