import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { boundedGzip, emptyRecords, unreadCodec, unreadOf } from '../../../ingest/bus/kafka-codecs.ts';

const require = createRequire(import.meta.url);
interface Decoder {
  readVarIntBytes(): Buffer;
}
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  decoder: Decoder,
  batch: object,
) => {
  readonly offset: string;
  readonly key: unknown;
  readonly value: unknown;
  readonly headers: Record<string, Buffer>;
};

/** As a pack lies in a response: behind the number of its records. */
function packed(count: number, content: Buffer): Buffer {
  const before = Buffer.alloc(4);
  before.writeInt32BE(count);
  return Buffer.concat([before, gzipSync(content)]).subarray(4);
}

const decoded = (bytes: Buffer, count: number) => {
  const decoder = new Decoder(bytes);
  return Array.from({ length: count }, () =>
    decodeRecord(new Decoder(decoder.readVarIntBytes()), { firstOffset: '1000', firstTimestamp: '0' }),
  );
};

test('what is no larger than a message may be is unpacked', async () => {
  const content = Buffer.alloc(16 * 1024 * 1024, 'x');
  expect((await boundedGzip.decompress(packed(1, content))).equals(content)).toBe(true);
});

test('of what is larger, empty messages stand in the place of those that were sent', async () => {
  const bomb = packed(200, Buffer.alloc(16 * 1024 * 1024 + 1));
  const records = decoded(await boundedGzip.decompress(bomb), 200);
  expect(records.map(({ offset }) => Number(offset))).toEqual(Array.from({ length: 200 }, (_, n) => 1_000 + n));
  for (const { key, value, headers } of records)
    expect({ key, value, headers }).toEqual({ key: null, value: null, headers: {} });
});

test('what is no gzip at all is an error, as before', async () => {
  await expect(boundedGzip.decompress(Buffer.concat([Buffer.alloc(4), Buffer.from('no')]).subarray(4))).rejects.toThrow(
    'incorrect header check',
  );
});

test('too many to stand in for hold up their partition alone', () => {
  expect(() => emptyRecords(1_000_001)).toThrow(expect.objectContaining({ name: 'KafkaJSPartialMessageError' }));
});

test('what cannot be undone here is marked in the first of as many messages, under a name that nobody can know', async () => {
  const records = decoded(await unreadCodec('zstd').decompress(packed(3, Buffer.from('whatever'))), 3);
  expect(records.map(({ offset }) => Number(offset))).toEqual([1_000, 1_001, 1_002]);
  const at = { topic: 'cordon.acme', partition: 2, offset: 1_000 };
  const marks = records.map(({ headers }) => {
    const texts = Object.entries(headers).map(([name, value]) => [name, value.toString('latin1')]);
    return unreadOf({ ...at, headers: Object.fromEntries(texts) });
  });
  expect(marks.map((fault) => fault?.about)).toEqual([{ ...at, codec: 'zstd' }, undefined, undefined]);
  expect(unreadOf({ ...at, headers: { unread: 'zstd' } })).toBeUndefined();
});
