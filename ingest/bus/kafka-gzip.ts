/**
 * The client library unpacks what a producer packed with gzip, without a limit: of half a megabyte it makes gigabytes, from anybody
 * who may write to one client's topic. Collectors pack nothing so, and what a broker packs anew was no larger than a topic's
 * largest message. What unpacks to more is no batch: empty messages stand in its place, so that the stream goes on behind it.
 */
import { promisify } from 'node:util';
import { gzip, unzip } from 'node:zlib';

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

/** Without key, value and headers, one behind the other. */
export function emptyRecords(count: number): Buffer {
  if (count > replacedMax) {
    // By this name the library takes what is left of a partition's answer for not there yet; the other partitions go on.
    const name = 'KafkaJSPartialMessageError';
    throw Object.assign(new Error(`${count} messages unpack to more than a topic may hold`), { name });
  }
  const records: Buffer[] = [];
  for (let n = 0; n < count; n += 1) {
    // attributes, timestamp delta, offset delta, key -1, value -1, no headers
    const body = Buffer.concat([Buffer.of(0, 0), varInt(n), Buffer.of(1, 1, 0)]);
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
