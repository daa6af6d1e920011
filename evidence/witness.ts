/** A client's checkpoints where the vault's people cannot rewrite them: one append-only NDJSON file a client in a folder. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import { syncFolder } from '../core/sync-folder.ts';
import { readCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { objectOf } from './verify-report.ts';

/** Of the end of a file, to find the last checkpoint in it. */
const tailBytesMax = 4 * 1024 * 1024;
const fileBytesMax = 2 * 1024 * 1024 * 1024 - 1;

export interface Witness {
  readonly folder: string;
  /** The last whole checkpoint of this client there; `undefined` if there is none. Throws EVIDENCE_BROKEN, SOURCE_UNREADABLE. */
  last(tenant: string): SignedCheckpoint | undefined;
  /** On that disk when it returns. */
  append(tenant: string, checkpoints: readonly SignedCheckpoint[]): void;
  /** All of them, in order. Throws EVIDENCE_BROKEN for a line that is none. */
  all(tenant: string): SignedCheckpoint[];
}

/** The folder is not made: a share that is not mounted would look like one that was never written to. */
export function openWitness(folder: string): Witness {
  const fileOf = (tenant: string) => join(folder, `${tenant}.ndjson`);
  function check(): void {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    throw new Fault('SOURCE_UNREADABLE', `the folder ${folder} for checkpoints is not there; mount or make it`);
  }
  return {
    folder,
    last(tenant) {
      check();
      const lines = wholeLines(tailOf(fileOf(tenant)));
      const last = lines.at(-1);
      return last === undefined ? undefined : signedIn(last, fileOf(tenant));
    },
    append(tenant, checkpoints) {
      check();
      if (checkpoints.length > 0) add(fileOf(tenant), folder, checkpoints);
    },
    all(tenant) {
      check();
      const file = fileOf(tenant);
      if (!existsSync(file)) return [];
      if (statSync(file).size > fileBytesMax)
        throw new Fault('SOURCE_UNREADABLE', `${file} is larger than 2 GiB; check an older part of it by itself`);
      return checkpointsIn(readFileSync(file, 'latin1'), file);
    },
  };
}

function checkpointsIn(text: string, file: string): SignedCheckpoint[] {
  const lines = text.split('\n');
  // What stands behind the last line end was never finished: a crash, or a copy taken meanwhile.
  lines.pop();
  const found: SignedCheckpoint[] = [];
  lines.forEach((line, index) => {
    // A line torn by a crash was ended there, and written again behind it, whole.
    if (objectOf(line) === undefined) {
      const again = lines.slice(index + 1).find((later) => objectOf(later) !== undefined);
      if (again?.startsWith(line)) return;
    }
    found.push(signedIn(line, `${file}:${index + 1}`));
  });
  return found;
}

function signedIn(line: string, where: string): SignedCheckpoint {
  const entry = objectOf(line);
  const block = entry?.['block'];
  const sig = entry?.['sig'];
  if (typeof block !== 'string' || typeof sig !== 'string')
    throw new Fault('EVIDENCE_BROKEN', `${where} is no checkpoint`);
  readCheckpoint(block);
  return { block, sig };
}

function wholeLines(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => objectOf(line) !== undefined);
}

function tailOf(file: string): string {
  if (!existsSync(file)) return '';
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, tailBytesMax));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('latin1');
  } finally {
    closeSync(fd);
  }
}

function add(file: string, folder: string, checkpoints: readonly SignedCheckpoint[]): void {
  const created = !existsSync(file);
  const tail = tailOf(file);
  // A line a crash tore stays as it is: nothing there is ever rewritten.
  const ended = tail === '' || tail.endsWith('\n') ? '' : '\n';
  const bytes = Buffer.from(ended + checkpoints.map((one) => `${JSON.stringify(one)}\n`).join(''), 'latin1');
  const fd = openSync(file, 'a', 0o644);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    fsyncSync(fd);
  } catch (cause) {
    throw new Fault('SOURCE_UNREADABLE', `${file}: the checkpoint cannot be written; make room there`, {}, cause);
  } finally {
    closeSync(fd);
  }
  if (created) syncFolder(folder);
}
