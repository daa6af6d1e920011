/** A bag under construction: its files on disk with their digests, then its manifests, its signature and its zip. */
import { createHash, createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { Fault } from '../core/errors.ts';
import {
  type BundleQuery,
  bagInfo,
  bagName,
  type CustodyAct,
  declaration,
  digestChars,
  payload,
  tags,
  zipSealText,
} from './verify-format.ts';

/** Bytes gathered before they are written. */
const chunkBytes = 256 * 1024;
/** Zip entries carry no time of their own: two exports of one range must be the same bytes. Local, as the format is. */
const zipTime = new Date(1980, 0, 1);

interface Made {
  readonly sha256: string;
  readonly bytes: number;
}

/** One file of the bag, written from front to back. */
export interface Part {
  /** Adds a newline. */
  line(content: string | Buffer): Promise<void>;
  close(): Promise<void>;
}

/**
 * Gives a bag to fill in a work folder beside `out`, and a function that seals nothing but packs it there. Whatever
 * happens, the work folder is gone afterwards. Throws USAGE when `out` exists or its folder does not.
 */
export async function makeBag<T>(
  out: string,
  fill: (bag: Bag, pack: (query: BundleQuery) => Promise<void>) => Promise<T>,
): Promise<T> {
  if (existsSync(out)) throw new Fault('USAGE', `${out} exists; evidence is not written over, name another file`);
  const folder = await mkdtemp(`${out}.partial-`).catch((error: unknown) => {
    throw new Fault('USAGE', `cannot write beside ${out}; name a file in a folder that exists`, {}, error);
  });
  try {
    const bag = createBag(join(folder, 'bag'));
    return await fill(bag, async (query) => {
      await bag.pack(join(folder, 'bundle.zip'), query);
      await rename(join(folder, 'bundle.zip'), out);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function createBag(folder: string) {
  const files = new Map<string, Made>();

  async function part(name: string): Promise<Part> {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    return createPart(file, (made) => void files.set(name, made));
  }

  async function file(name: string, content: string | Buffer): Promise<void> {
    const bytes = Buffer.from(content as string);
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'wx', 0o600);
    await handle.writeFile(bytes).finally(() => handle.close());
    files.set(name, { sha256: hash('sha256', bytes, 'hex'), bytes: bytes.length });
  }

  const manifestOf = (names: readonly string[]) =>
    names.map((name) => `${files.get(name)?.sha256}  ${name}\n`).join('');

  return {
    part,
    file,

    /** Writes custody, manifests and signature. Nothing may be added to the bag afterwards. */
    async seal(acts: readonly CustodyAct[], key: KeyObject): Promise<void> {
      await file(payload.custody, acts.map((act) => `${JSON.stringify(act)}\n`).join(''));
      const data = [...files.keys()].sort();
      const bytes = data.reduce((sum, name) => sum + (files.get(name)?.bytes ?? 0), 0);
      const manifest = manifestOf(data);
      await file(tags.declaration, declaration);
      await file(tags.info, bagInfo(acts, { bytes, files: data.length }));
      await file(tags.manifest, manifest);
      await file(tags.signature, sign(null, Buffer.from(manifest), key));
      await file(tags.exporter, createPublicKey(key).export({ type: 'spki', format: 'pem' }));
      await file(tags.tagManifest, manifestOf([...files.keys()].filter((name) => !name.startsWith('data/')).sort()));
    },

    /** The bag as a zip with one base folder (RFC 8493 section 4), its last bytes the digest of all before them. */
    async pack(out: string, query: BundleQuery): Promise<void> {
      const zip = new ZipFile();
      const options = { mtime: zipTime, mode: 0o100644, forceDosTimestamp: true };
      const names = [...files.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
      for (const name of names) zip.addFile(join(folder, name), `${bagName(query)}/${name}`, options);
      zip.end({ forceZip64Format: false, comment: `${zipSealText}${'0'.repeat(digestChars)}` });
      const failed = new Promise<never>((_, reject) => zip.once('error', reject));
      await Promise.race([pipeline(zip.outputStream, createWriteStream(out, { flags: 'wx', mode: 0o600 })), failed]);
      await stampDigest(out);
    },
  };
}

export type Bag = ReturnType<typeof createBag>;

/** Tag files first, so that who opens the zip sees what it is. */
const rank = (name: string) => (name.startsWith('data/') ? 1 : 0);

async function stampDigest(file: string): Promise<void> {
  const covered = (await stat(file)).size - digestChars;
  const all = createHash('sha256');
  for await (const chunk of createReadStream(file, { end: covered - 1 })) all.update(chunk as Buffer);
  const handle = await open(file, 'r+');
  try {
    await handle.write(all.digest('hex'), covered, 'latin1');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function createPart(file: FileHandle, done: (made: Made) => void): Part {
  const digest = createHash('sha256');
  let gathered: Buffer[] = [];
  let gatheredBytes = 0;
  let bytes = 0;

  async function flush(): Promise<void> {
    const chunk = Buffer.concat(gathered, gatheredBytes);
    gathered = [];
    gatheredBytes = 0;
    digest.update(chunk);
    bytes += chunk.length;
    await file.writeFile(chunk);
  }

  return {
    async line(content) {
      const text = typeof content === 'string' ? Buffer.from(`${content}\n`) : Buffer.concat([content, newline]);
      gathered.push(text);
      gatheredBytes += text.length;
      if (gatheredBytes >= chunkBytes) await flush();
    },
    async close() {
      await flush().finally(() => file.close());
      done({ sha256: digest.digest('hex'), bytes });
    },
  };
}

const newline = Buffer.of(10);
