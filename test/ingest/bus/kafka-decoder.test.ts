import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { boundHeaders, type Decoder, headersMax } from '../../../ingest/bus/kafka-decoder.ts';

const require = createRequire(import.meta.url);
const Plain = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const decodeHeader = require('kafkajs/src/protocol/recordBatch/header/v0/decoder') as (decoder: Decoder) => Header;
class Bound extends Plain {}
boundHeaders(Bound);

interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

/** Zigzag, as Kafka writes numbers in records: https://kafka.apache.org/documentation/#record */
function varInt(value: number): Buffer {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  const bytes: number[] = [];
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

const text = (value: string): Buffer => Buffer.concat([varInt(Buffer.byteLength(value)), Buffer.from(value)]);
const headers = (count: number): Buffer =>
  Buffer.concat([varInt(count), ...Array.from({ length: count }, (_, n) => [text(`h${n}`), text(`v${n}`)]).flat()]);
const read = (Kind: typeof Plain, bytes: Buffer): Header[] => new Kind(bytes).readVarIntArray(decodeHeader);

test.each([0, 1, 13, headersMax])('%i headers are read as the library reads them', (count) => {
  expect(read(Bound, headers(count))).toEqual(read(Plain, headers(count)));
});

test('of a thousand, those behind the first are not read', () => {
  expect(read(Bound, headers(1_000))).toEqual(read(Plain, headers(1_000)).slice(0, headersMax));
});

test('a message that says it has none, or less than none, has none', () => {
  expect(read(Bound, varInt(-1))).toEqual([]);
  expect(read(Bound, varInt(-7))).toEqual([]);
});
