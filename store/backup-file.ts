/**
 * A client's backup: its sealed batches, checkpoints and collectors' keys, each a frame encrypted under a key that follows from the
 * client's own disk key. Destroying that key destroys every backup with it.
 *
 *     "cordon backup 1\n" ‖ JSON header ‖ "\n" ‖ frames
 *     frame = u32 length of the ciphertext ‖ kind (1 byte) ‖ ciphertext ‖ tag (16 bytes)
 *
 * AES-256-GCM (NIST SP 800-38D); key = HKDF-SHA-256 (RFC 5869) of the disk key with the header's salt; the nonce is the
 * frame's number, the frame's kind and the header are authenticated with it, and the last frame is of kind `e`: nothing can
 * be changed, swapped, left out or cut off.
 */
import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../core/errors.ts';
import { type TenantId, tenantId } from '../core/types.ts';

const magic = 'cordon backup 1\n';
const tagBytes = 16;
const headBytes = 5;
const headerBytesMax = 4_096;
/** A batch's value is at most what a bus takes; far less than this. */
const frameBytesMax = 64 * 1024 * 1024;

/** b: batch · c: checkpoint · h: who held the client and how long it was kept, before all else · k: public keys of a collector · s: a key of the client's that opens batches · e: end, with what there was. */
export type FrameKind = 'b' | 'c' | 'h' | 'k' | 's' | 'e';

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

const headerShape = z.object({ tenant: z.string(), at: z.string(), salt: z.string().regex(/^[0-9a-f]{64}$/) });

export interface BackupHeader {
  readonly tenant: TenantId;
  /** When it was begun; ISO 8601. */
  readonly at: string;
}

function cipherKey(diskKeyHex: string, salt: string): Buffer {
  const key = hkdfSync('sha256', Buffer.from(diskKeyHex, 'hex'), Buffer.from(salt, 'hex'), 'cordon backup', 32);
  return Buffer.from(key);
}

function nonceOf(index: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(index), 4);
  return nonce;
}

/** Written aside, and under its name only when it is whole. Throws USAGE if the file is there already. */
export class BackupWriter {
  readonly #file: string;
  readonly #fd: number;
  readonly #key: Buffer;
  readonly #context: string;
  #frames = 0;
  bytes = 0;

  constructor(file: string, { tenant, at }: BackupHeader, diskKeyHex: string) {
    if (existsSync(file)) throw new Fault('USAGE', `${file} is there already; name another file`);
    const salt = randomBytes(32).toString('hex');
    const header = `${magic}${JSON.stringify({ tenant, at, salt })}\n`;
    this.#file = file;
    this.#key = cipherKey(diskKeyHex, salt);
    this.#context = hash('sha256', header, 'hex');
    this.#fd = openSync(`${file}.part`, 'w', 0o600);
    this.#write(Buffer.from(header));
  }

  add(kind: FrameKind, payload: Buffer): void {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#frames));
    cipher.setAAD(Buffer.from(this.#context + kind));
    const head = Buffer.alloc(headBytes);
    head.writeUInt32BE(payload.length);
    head.write(kind, 4, 'latin1');
    this.#write(Buffer.concat([head, cipher.update(payload), cipher.final(), cipher.getAuthTag()]));
    this.#frames += 1;
  }

  /** On disk when it returns. */
  finish(end: Buffer): void {
    this.add('e', end);
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    linkSync(`${this.#file}.part`, this.#file);
    rmSync(`${this.#file}.part`);
  }

  /** Nothing is left of it. */
  abandon(): void {
    closeSync(this.#fd);
    rmSync(`${this.#file}.part`, { force: true });
  }

  #write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    this.bytes += bytes.length;
  }
}

export interface OpenBackup {
  readonly header: BackupHeader;
  /** In order; the last is of kind `e`. Throws EVIDENCE_BROKEN for a changed, cut or foreign file. */
  frames(diskKeyHex: string): Generator<Frame>;
  close(): void;
}

/** Throws EVIDENCE_BROKEN for a file that is no backup, USAGE for none. */
export function openBackup(file: string): OpenBackup {
  if (!existsSync(file)) throw new Fault('USAGE', `${file} is not there`);
  const fd = openSync(file, 'r');
  const damaged = (what: string, cause?: unknown) => new Fault('EVIDENCE_BROKEN', `${file}: ${what}`, {}, cause);
  const begin = Buffer.alloc(headerBytesMax);
  const text = begin.toString('latin1', 0, readSync(fd, begin, 0, headerBytesMax, 0));
  const end = text.indexOf('\n', magic.length);
  const parsed = text.startsWith(magic) && end > 0 ? headerIn(text.slice(magic.length, end)) : undefined;
  if (!parsed) {
    closeSync(fd);
    throw damaged('it is no backup of cordon');
  }
  let at = end + 1;
  const take = (length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const more = readSync(fd, bytes, done, length - done, at + done);
      if (more === 0) throw damaged('it ends early');
      done += more;
    }
    at += length;
    return bytes;
  };
  return {
    header: { tenant: tenantId(parsed.tenant), at: parsed.at },
    *frames(diskKeyHex) {
      const key = cipherKey(diskKeyHex, parsed.salt);
      const context = hash('sha256', text.slice(0, end + 1), 'hex');
      for (let index = 0; ; index += 1) {
        const head = take(headBytes);
        const length = head.readUInt32BE();
        if (length > frameBytesMax) throw damaged(`frame ${index} is not one`);
        const kind = head.toString('latin1', 4, headBytes) as FrameKind;
        const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index));
        decipher.setAAD(Buffer.from(context + kind));
        const sealed = take(length);
        decipher.setAuthTag(take(tagBytes));
        let payload: Buffer;
        try {
          payload = Buffer.concat([decipher.update(sealed), decipher.final()]);
        } catch (cause) {
          throw damaged(index === 0 ? "this client's key does not open it" : `frame ${index} was changed`, cause);
        }
        yield { kind, payload };
        if (kind === 'e') return;
      }
    },
    close: () => closeSync(fd),
  };
}

function headerIn(text: string): z.output<typeof headerShape> | undefined {
  try {
    const parsed = headerShape.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
