/** One file that grows under its reader. Holds the file open by inode, so a rename loses nothing. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Frame, Framer, Framing } from '../frame.ts';
import { continues, type FileMark, markOf } from './file-mark.ts';

/** Small, so that the lander beside it gets its turns. */
const chunkBytes = 256 * 1024;

export class TailedFile {
  readonly path: string;
  readonly key: string;
  readonly #file: FileHandle;
  readonly #framing: Framing;
  #framer: Framer;
  /** Bytes fed to the framer, as an offset in the file. */
  #fed: number;
  /** How it began when last marked; empty until something was read. */
  #mark: FileMark;
  /** When bytes last came. */
  grewAt: number;

  private constructor(path: string, file: FileHandle, framing: Framing, mark: FileMark, now: number) {
    this.path = path;
    this.key = `${mark.dev}:${mark.ino}`;
    this.#file = file;
    this.#framing = framing;
    this.#framer = framing(mark.offset);
    this.#fed = mark.offset;
    this.#mark = mark;
    this.grewAt = now;
  }

  /** Goes on at the mark if the file still begins as it did then, else at its start. */
  static async open(path: string, framing: Framing, mark: FileMark | undefined, now: number): Promise<TailedFile> {
    const file = await open(path, 'r');
    const offset = mark && (await continues(file, mark)) ? mark.offset : 0;
    return new TailedFile(path, file, framing, await markOf(file, offset), now);
  }

  /** Where a restart must go on. */
  async mark(): Promise<FileMark> {
    // The head is taken anew while it is short, so that a file that began with one line is still known by more.
    this.#mark = await markOf(this.#file, this.#fed - this.#framer.pending);
    return this.#mark;
  }

  /** The next records, or none; `more` when there was more than one chunk to read. */
  async read(now: number): Promise<{ frames: Frame[]; more: boolean }> {
    const { size } = await this.#file.stat();
    const cut = await this.#restartIfCut(size);
    if (size <= this.#fed) return { frames: cut, more: false };
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size - this.#fed));
    const { bytesRead } = await this.#file.read(chunk, 0, chunk.length, this.#fed);
    this.#fed += bytesRead;
    this.grewAt = now;
    return { frames: [...cut, ...this.#framer.push(chunk.subarray(0, bytesRead))], more: this.#fed < size };
  }

  /** What is complete as far as anybody can tell, when nothing has come for a while. */
  idle(): Frame[] {
    return this.#framer.idle();
  }

  /** The last of a file that will not be read again. */
  async end(): Promise<Frame[]> {
    await this.#file.close();
    return this.#framer.end();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Copy-and-truncate: the file is shorter than what was read, or begins otherwise. What was held back is handed over. */
  async #restartIfCut(size: number): Promise<Frame[]> {
    const grown = size > this.#fed;
    if (size === this.#fed || (grown && (await continues(this.#file, this.#mark)))) return [];
    const rest = this.#framer.end();
    this.#framer = this.#framing(0);
    this.#fed = 0;
    this.#mark = await markOf(this.#file, 0);
    return rest;
  }
}
