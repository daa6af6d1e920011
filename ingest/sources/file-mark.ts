/** How a file is recognised again after a restart, a rotation or a truncation: by its inode and by how it begins. */
import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

export interface FileMark {
  readonly dev: number;
  readonly ino: number;
  /** How many of its first bytes `head` covers. */
  readonly headBytes: number;
  /** SHA-256 of those bytes, hex. */
  readonly head: string;
  /** Where reading goes on: the start of a record. */
  readonly offset: number;
}

const headBytesMax = 1_024;

/** The mark of an open file that was read up to `offset`. */
export async function markOf(file: FileHandle, offset: number): Promise<FileMark> {
  const { dev, ino, size } = await file.stat();
  const headBytes = Math.min(headBytesMax, size);
  return { dev, ino, headBytes, head: await headOf(file, headBytes), offset };
}

/** Whether this file still begins as it did, and is at least as long as what was read of it. */
export async function continues(file: FileHandle, mark: FileMark): Promise<boolean> {
  const { size } = await file.stat();
  return size >= mark.offset && size >= mark.headBytes && (await headOf(file, mark.headBytes)) === mark.head;
}

async function headOf(file: FileHandle, bytes: number): Promise<string> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, 0);
  return hash('sha256', buffer.subarray(0, bytesRead), 'hex');
}
