/** A client's checkpoints where the vault's people cannot rewrite them: one append-only NDJSON file a client in a folder. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import { syncFolder } from '../core/sync-folder.ts';
import { readCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { objectOf } from './verify-report.ts';
import { addLines, linesOf } from './witness-lines.ts';

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
      const ended = linesOf(fileOf(tenant), tailBytesMax).slice(0, -1);
      const last = ended.findLast((line) => objectOf(line) !== undefined);
      return last === undefined ? undefined : signedIn(last, fileOf(tenant));
    },
    append(tenant, checkpoints) {
      check();
      if (checkpoints.length > 0) add(fileOf(tenant), folder, checkpoints);
    },
    all(tenant) {
      check();
      const file = fileOf(tenant);
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > fileBytesMax)
        throw new Fault('SOURCE_UNREADABLE', `${file} is larger than 2 GiB; check an older part of it by itself`);
      return checkpointsIn(linesOf(file), file);
    },
  };
}

function checkpointsIn(all: readonly string[], file: string): SignedCheckpoint[] {
  // What stands behind the last line end was never finished: a crash, or a copy taken meanwhile.
  const lines = all.slice(0, -1);
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

function add(file: string, folder: string, checkpoints: readonly SignedCheckpoint[]): void {
  const created = !existsSync(file);
  try {
    addLines(file, checkpoints, 0o644);
  } catch (cause) {
    throw new Fault('SOURCE_UNREADABLE', `${file}: the checkpoint cannot be written; make room there`, {}, cause);
  }
  if (created) syncFolder(folder);
}
