/** A whole file of history into the spool, resumable: the checkpoint is an offset in a file that still begins the same. */
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { Fault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Instant } from '../../core/types.ts';
import type { Frame, Framing } from '../frame.ts';
import type { Intake } from '../intake.ts';
import { addCounts, noCounts, type SourceCounts } from '../source-counts.ts';
import type { Spool } from '../spool.ts';
import { continues, type FileMark, markOf } from './file-mark.ts';
import { flushWhenRoom } from './flush.ts';

/** Small, so that the lander beside it gets its turns. */
const chunkBytes = 256 * 1024;

export interface ImportDeps {
  readonly source: string;
  readonly framing: Framing;
  readonly intake: Intake;
  readonly spool: Spool;
  readonly seenAt: (offset: number) => Instant;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Bytes of the file that are safely in the spool, and its size. */
  readonly onProgress?: (doneBytes: number, sizeBytes: number) => void;
}

export interface Imported {
  readonly counts: SourceCounts;
  /** Where this run began: above 0 when an earlier run was resumed. */
  readonly from: number;
  readonly size: number;
}

/** Throws SOURCE_UNREADABLE for a file that cannot be read. */
export async function importFile(path: string, deps: ImportDeps): Promise<Imported> {
  const { source, framing, intake, spool, seenAt, log, signal, onProgress } = deps;
  await using file = await openToRead(path);
  const name = `import/${source}/${await realpath(path)}`;
  const { size } = await file.stat();
  const from = await resumeAt(file, spool.checkpoint(name));
  const framer = framing(from);
  const arrival = (frame: Frame): Instant => seenAt(frame.offset);
  let counts = noCounts;
  let at = from;

  const flush = async (offset = at - framer.pending): Promise<void> => {
    const mark = await markOf(file, offset);
    const flushed = await flushWhenRoom(intake, { name, place: JSON.stringify(mark) }, { source, log, signal });
    counts = addCounts(counts, flushed);
    onProgress?.(mark.offset, size);
  };

  // One for all chunks: memory outside the heap that comes and goes makes Node collect garbage again and again.
  const chunk = Buffer.allocUnsafeSlow(chunkBytes);
  while (at < size) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, size - at), at);
    if (bytesRead === 0) throw new Fault('SOURCE_UNREADABLE', `${path} became shorter while it was read`, { source });
    at += bytesRead;
    intake.take(framer.push(chunk.subarray(0, bytesRead)), path, arrival);
    framer.keep();
    if (intake.isFull) await flush();
  }
  // A last line that no newline ends may be one that is being written: an import of the grown file reads it again.
  const resume = at - framer.pending;
  intake.take(framer.end(), path, arrival);
  await flush(resume);
  onProgress?.(size, size);
  return { counts, from, size };
}

async function openToRead(path: string): Promise<FileHandle> {
  const cannot = (why: string, cause?: unknown) =>
    new Fault('SOURCE_UNREADABLE', `${path} cannot be read (${why})`, {}, cause);
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw cannot(error.code ?? 'unknown', error);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw cannot('it is no file');
}

async function resumeAt(file: FileHandle, checkpoint: string | undefined): Promise<number> {
  if (checkpoint === undefined) return 0;
  const mark = JSON.parse(checkpoint) as FileMark;
  return (await continues(file, mark)) ? mark.offset : 0;
}
