/**
 * How a file is recognised again after a restart, a rotation or a truncation: by its inode, by how it begins, and by what
 * stands before the place where reading goes on: an export written anew begins as it did, with late records sorted in.
 */
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
  /** SHA-256 of the bytes just before `offset`, as many as of the head at most. */
  readonly foot: string;
}

const headBytesMax = 1_024;

/** The mark of an open file that was read up to `offset`. */
export async function markOf(file: FileHandle, offset: number): Promise<FileMark> {
  const { dev, ino, size } = await file.stat();
  const headBytes = Math.min(headBytesMax, size);
  return { dev, ino, headBytes, head: await hashOf(file, 0, headBytes), offset, foot: await footOf(file, offset) };
}

/** Whether this is still the file that was read up to there, perhaps longer now. */
export async function continues(file: FileHandle, { offset, headBytes, head, foot }: FileMark): Promise<boolean> {
  const { size } = await file.stat();
  if (size < offset || size < headBytes) return false;
  return (await hashOf(file, 0, headBytes)) === head && (await footOf(file, offset)) === foot;
}

function footOf(file: FileHandle, offset: number): Promise<string> {
  const begin = Math.max(0, offset - headBytesMax);
  return hashOf(file, begin, offset - begin);
}

async function hashOf(file: FileHandle, begin: number, bytes: number): Promise<string> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, begin);
  return hash('sha256', buffer.subarray(0, bytesRead), 'hex');
}
