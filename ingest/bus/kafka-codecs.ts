/**
 * How packs of messages are undone, so that nobody who may write to one client's topic holds up the others. Collectors pack nothing.
 *
 * The client library unpacks gzip without a limit: of half a megabyte it makes gigabytes. What a broker packs anew was no larger than
 * a topic's largest message. What unpacks to more is no batch: empty messages stand in its place, so that the stream goes on behind it.
 *
 * It knows nothing of Snappy, LZ4 and zstd, and an error would end the whole fetch. What is packed so may be a client's batches that
 * a broker packed anew, so it is not refused: a mark stands in its place, by which the receiver leaves that partition alone.
 */
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip, unzip } from 'node:zlib';
import { Fault } from '../../core/errors.ts';
import type { Received } from './received.ts';

/** `max.message.bytes` of our topics. */
const unpackedBytesMax = 16 * 1024 * 1024;
/** More messages than this in one pack are not replaced one by one. */
const replacedMax = 1_000_000;

const pack = promisify(gzip);
const unpack = promisify(unzip);

export const boundedGzip = {
  compress: (encoder: { readonly buffer: Buffer }): Promise<Buffer> => pack(encoder.buffer),
  async decompress(packed: Buffer): Promise<Buffer> {
    try {
      return await unpack(packed, { maxOutputLength: unpackedBytesMax });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
      return emptyRecords(countBefore(packed));
    }
  },
};

/** How many records a pack holds stands before it in the response, of which it is a part: RecordBatch, https://kafka.apache.org/documentation/#recordbatch */
const countBefore = (packed: Buffer): number => Buffer.from(packed.buffer, packed.byteOffset - 4, 4).readInt32BE();

/** A header of this name stands in no message of anybody's. */
const unreadName = `unread-${randomBytes(16).toString('hex')}`;

/** For a codec that cannot be undone here. */
export const unreadCodec = (name: string) => ({
  compress: (): Promise<Buffer> => Promise.reject(new Error(`nothing is packed with ${name} here`)),
  decompress: async (packed: Buffer): Promise<Buffer> => emptyRecords(countBefore(packed), name),
});

/** That a message stands for a pack which cannot be undone here, and so holds up its partition; `undefined`: it does not. */
export function unreadOf({
  topic,
  partition,
  offset,
  headers,
}: Pick<Received, 'topic' | 'partition' | 'offset' | 'headers'>): Fault | undefined {
  const codec = headers[unreadName];
  if (codec === undefined) return undefined;
  const remedy = 'run `cordon topics apply`, and see docs/kafka.md for what lies there already';
  const message = `partition ${partition} of ${topic} is held up by messages packed with ${codec}; ${remedy}`;
  return new Fault('CONFIG_INVALID', message, { topic, partition, offset, codec });
}

/** Without key, value and headers, one behind the other. `unread`: the first says that they stand for what was packed with this. */
export function emptyRecords(count: number, unread?: string): Buffer {
  if (count > replacedMax) {
    // By this name the library takes what is left of a partition's answer for not there yet; the other partitions go on.
    const name = 'KafkaJSPartialMessageError';
    throw Object.assign(new Error(`${count} messages unpack to more than a topic may hold`), { name });
  }
  const records: Buffer[] = [];
  for (let n = 0; n < count; n += 1) {
    const headers = n === 0 && unread !== undefined ? [[unreadName, unread]] : [];
    // attributes, timestamp delta, offset delta, key -1, value -1
    const head = [Buffer.of(0, 0), varInt(n), Buffer.of(1, 1), varInt(headers.length)];
    const texts = headers.flat().flatMap((text) => [varInt(text.length), Buffer.from(text, 'latin1')]);
    const body = Buffer.concat([...head, ...texts]);
    records.push(varInt(body.length), body);
  }
  return Buffer.concat(records);
}

/** Zigzag, seven bits a byte, the lowest first. */
function varInt(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
