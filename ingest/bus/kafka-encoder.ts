/**
 * The client library puts a request together from parts, each in a buffer of its own that is copied into the next: a batch
 * is copied nine times, into memory that was zeroed first. Here large parts are held as they are, and copied when a buffer of
 * all is asked for: for the checksum, for the batch, for the socket. The bytes are the same.
 */

/** Of the library's `protocol/encoder`, what is replaced and what that uses. */
export interface Encoder {
  buf: Buffer;
  offset: number;
  readonly buffer: Buffer;
  size(): number;
  writeBufferInternal(bytes: Buffer): void;
  writeEncoder(part: Encoder): Encoder;
  writeEncoderArray(parts: readonly Encoder[]): Encoder;
  ensureAvailable(bytes: number): void;
  /** What comes before `buf`. */
  held?: Buffer[];
  heldBytes?: number;
}

/** Below this a copy costs less than a further piece. */
const pieceBytesMin = 4_096;

/** `buf` begins anew after what it held. */
function hold(encoder: Encoder, piece: Buffer): void {
  encoder.held ??= [];
  if (encoder.offset > 0) encoder.held.push(encoder.buf.subarray(0, encoder.offset));
  encoder.held.push(piece);
  encoder.heldBytes = (encoder.heldBytes ?? 0) + encoder.offset + piece.length;
  encoder.buf = encoder.buf.subarray(encoder.offset);
  encoder.offset = 0;
}

function writeBufferInternal(this: Encoder, bytes: Buffer): void {
  if (bytes.length >= pieceBytesMin) {
    hold(this, bytes);
    return;
  }
  this.ensureAvailable(bytes.length);
  bytes.copy(this.buf, this.offset);
  this.offset += bytes.length;
}

function writeEncoder(this: Encoder, part: Encoder): Encoder {
  for (const piece of part.held ?? []) this.writeBufferInternal(piece);
  this.writeBufferInternal(part.buf.subarray(0, part.offset));
  return this;
}

function writeEncoderArray(this: Encoder, parts: readonly Encoder[]): Encoder {
  for (const part of parts) this.writeEncoder(part);
  return this;
}

function size(this: Encoder): number {
  return (this.heldBytes ?? 0) + this.offset;
}

function buffer(this: Encoder): Buffer {
  const last = this.buf.subarray(0, this.offset);
  if (this.held === undefined) return last;
  const whole = Buffer.concat([...this.held, last]);
  this.held = [whole];
  this.heldBytes = whole.length;
  this.buf = this.buf.subarray(this.offset);
  this.offset = 0;
  return whole;
}

const methods = { writeBufferInternal, writeEncoder, writeEncoderArray, size };

/** Changes the class for whoever uses it; one that has other methods than those known here is left as it is. */
export function holdLargePieces({ prototype }: { readonly prototype: Encoder }): void {
  const names = [...Object.keys(methods), 'ensureAvailable', 'buffer'];
  if (!names.every((name) => name in prototype)) return;
  Object.assign(prototype, methods);
  Object.defineProperty(prototype, 'buffer', { get: buffer, configurable: true });
}
