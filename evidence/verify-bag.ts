/** Reads a bag out of a zip or a folder, trusting neither: every size, number and name has a limit. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { Fault } from '../core/errors.ts';
import { digestChars, filesMax, lineBytesMax, smallFileBytesMax, tags, zipSealText } from './verify-format.ts';

/** What a zip may unpack to: this many times its own size, and at least the floor. Deflate could claim a thousand. */
const unpackRatioMax = 200;
const unpackedBytesFloor = 256 * 1024 * 1024;

/** One thing that is wrong, and where. */
export interface Problem {
  /** A file of the bag, or the bundle itself. */
  readonly file: string;
  /** A line, an access or a batch in it. */
  readonly where?: string;
  readonly what: string;
}

export interface OpenBag {
  /** File name from the bag's base → its size in bytes. */
  readonly files: ReadonlyMap<string, number>;
  /** What is already wrong with the container. */
  readonly problems: readonly Problem[];
  /** What a reader should know though it is not wrong. */
  readonly notes: readonly string[];
  /** Throws EVIDENCE_BROKEN, naming the file, when it is absent or does not unpack. */
  open(name: string): AsyncGenerator<Buffer>;
  close(): void;
}

/** Throws NOT_FOUND when nothing is there, EVIDENCE_BROKEN when it is neither a zip nor a folder that holds a bag. */
export async function openBag(path: string, signal: AbortSignal): Promise<OpenBag> {
  const found = await lstat(path).catch((error: unknown) => {
    throw new Fault('NOT_FOUND', `${path} cannot be read; name a bundle, or the folder it was unpacked to`, {}, error);
  });
  if (found.isDirectory()) return openFolder(path, signal);
  return openZip(path, signal);
}

async function openFolder(path: string, signal: AbortSignal): Promise<OpenBag> {
  const base = await baseOf(path);
  const files = new Map<string, number>();
  const problems: Problem[] = [];
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const { name } of await readdir(join(base, folder), { withFileTypes: true })) {
      const inside = `${folder}${name}`;
      const status = await lstat(join(base, inside));
      if (status.isDirectory()) waiting.push(`${inside}/`);
      else if (status.isFile()) files.set(inside, status.size);
      else problems.push({ file: inside, what: 'is no regular file; a link could lead anywhere' });
      if (files.size + waiting.length > filesMax) throw broken(`holds more than ${filesMax} files`);
    }
  }
  return {
    files,
    problems,
    notes: [],
    async *open(name) {
      if (!files.has(name)) throw broken('is missing', name);
      try {
        for await (const chunk of createReadStream(join(base, name), { signal })) yield chunk as Buffer;
      } catch (error) {
        signal.throwIfAborted();
        throw broken('cannot be read', name, error);
      }
    },
    close() {},
  };
}

/** The folder itself, or the only folder in it: what unpacking a bundle into an empty folder gives. */
async function baseOf(path: string): Promise<string> {
  const entries = await readdir(path, { withFileTypes: true });
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() ? join(path, only.name) : path;
}

async function openZip(path: string, signal: AbortSignal): Promise<OpenBag> {
  const zip = await openPromise(path, { autoClose: false, strictFileNames: true }).catch((error: unknown) => {
    throw broken('is not a whole zip file: cut short, damaged, or no bundle at all', undefined, error);
  });
  try {
    const problems: Problem[] = [];
    const notes: string[] = [];
    const entries = await entriesOf(zip, problems);
    await checkSeal(path, zip, { problems, notes, signal });
    return {
      files: new Map([...entries].map(([name, entry]) => [name, entry.uncompressedSize])),
      problems,
      notes,
      async *open(name) {
        const entry = entries.get(name);
        if (!entry) throw broken('is missing', name);
        try {
          for await (const chunk of await zip.openReadStreamPromise(entry)) {
            signal.throwIfAborted();
            yield chunk as Buffer;
          }
        } catch (error) {
          signal.throwIfAborted();
          throw broken('does not unpack', name, error);
        }
      },
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    if (error instanceof Fault || signal.aborted) throw error;
    throw broken('the list of files in the zip is damaged', undefined, error);
  }
}

async function entriesOf(zip: ZipFile, problems: Problem[]): Promise<Map<string, Entry>> {
  const bytesMax = Math.max(unpackedBytesFloor, zip.fileSize * unpackRatioMax);
  const found: Entry[] = [];
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    bytes += entry.uncompressedSize;
    if (found.length >= filesMax) throw broken(`holds more than ${filesMax} files`);
    if (bytes > bytesMax) {
      throw broken(`would unpack to more than ${unpackRatioMax} times its size; it is not unpacked`);
    }
    found.push(entry);
  }
  const anchor = found.find(
    ({ fileName }) => fileName === tags.declaration || fileName.endsWith(`/${tags.declaration}`),
  );
  const base = anchor?.fileName.slice(0, -tags.declaration.length) ?? '';
  const entries = new Map<string, Entry>();
  for (const entry of found) {
    const { fileName } = entry;
    if (fileName.endsWith('/')) continue;
    const name = fileName.slice(base.length);
    if (!fileName.startsWith(base)) problems.push({ file: fileName, what: 'lies outside the bag' });
    else if (entries.has(name)) problems.push({ file: name, what: 'is in the zip twice' });
    else entries.set(name, entry);
  }
  return entries;
}

/** The zip's comment holds the digest of the file before it, so that not even a bit of its packing changes unnoticed. */
async function checkSeal(
  path: string,
  { comment, fileSize }: ZipFile,
  { problems, notes, signal }: { problems: Problem[]; notes: string[]; signal: AbortSignal },
): Promise<void> {
  if (comment === '') {
    notes.push('The zip was packed by another program than Cordon, so only the files in it are checked, not the zip.');
    return;
  }
  const all = createHash('sha256');
  const end = fileSize - digestChars - 1;
  if (end > 0) for await (const chunk of createReadStream(path, { end, signal })) all.update(chunk as Buffer);
  if (comment === `${zipSealText}${all.digest('hex')}`) return;
  problems.push({
    file: basename(path),
    what: 'the zip is not as it was written; if nothing else is named, its packing was changed and not the files in it',
  });
}

/** The lines of a file without their newlines. Throws EVIDENCE_BROKEN for one too long, or a last one without newline. */
export async function* linesOf(bag: OpenBag, name: string): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of bag.open(name)) {
    let begin = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, begin)) {
      const piece = chunk.subarray(begin, end);
      yield held.length === 0 ? piece : Buffer.concat([...held, piece]);
      held = [];
      heldBytes = 0;
      begin = end + 1;
    }
    if (begin < chunk.length) {
      held.push(chunk.subarray(begin));
      heldBytes += chunk.length - begin;
    }
    if (heldBytes > lineBytesMax) throw broken(`has a line of more than ${lineBytesMax} bytes`, name);
  }
  if (heldBytes > 0) throw broken('ends in the middle of a line', name);
}

/** The whole of a file that is known to be small. */
export async function smallFile(bag: OpenBag, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bag.open(name)) {
    bytes += chunk.length;
    if (bytes > smallFileBytesMax) throw broken(`is larger than ${smallFileBytesMax} bytes`, name);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** A sentence without its subject, which is the file: `file` if given, else whatever is being checked. */
export const broken = (what: string, file?: string, cause?: unknown): Fault =>
  new Fault('EVIDENCE_BROKEN', what, file === undefined ? {} : { file }, cause);
