import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { type Encoder, holdLargePieces } from '../../../ingest/bus/kafka-encoder.ts';

interface Whole extends Encoder {
  writeInt32(value: number): this;
  writeString(value: string): this;
  writeBytes(value: Buffer): this;
  writeVarIntBytes(value: Buffer): this;
  writeArray(value: readonly Encoder[]): this;
}

const Plain = createRequire(import.meta.url)('kafkajs/src/protocol/encoder') as new () => Whole;
class Held extends Plain {}
holdLargePieces(Held);

const values = [0, 1, 4_095, 4_096, 4_097, 70_000, 300].map((length) => randomBytes(length));

/** As the library does: a record in a batch, with its length and checksum before it, in a partition, in a request. */
function request(Kind: new () => Whole): Whole {
  const records = values.map((value) =>
    new Kind().writeInt32(value.length).writeVarIntBytes(value).writeString('header'),
  );
  const body = new Kind().writeInt32(7).writeArray(records);
  const batch = new Kind().writeInt32(body.buffer.readUInt32BE(4)).writeEncoder(body) as Whole;
  const partition = new Kind().writeInt32(batch.size()).writeBytes(batch.buffer).writeEncoder(batch) as Whole;
  const payload = new Kind().writeString('client').writeArray([partition, new Kind().writeInt32(3), partition]);
  return new Kind().writeInt32(payload.size()).writeEncoder(payload) as Whole;
}

test('a request of pieces that are held is the same, byte for byte', () => {
  const [plain, held] = [request(Plain), request(Held)];
  expect(held.size()).toBe(plain.size());
  expect(held.buffer.equals(plain.buffer)).toBe(true);
  // Asked again, and after more was written to it.
  expect(held.buffer.equals(plain.buffer)).toBe(true);
  for (const one of [plain, held]) one.writeInt32(9).writeBytes(randomBytes(0)).writeString('end');
  expect(held.buffer.equals(plain.buffer)).toBe(true);
});

test('large pieces are not copied before they are asked for', () => {
  const large = Buffer.alloc(10_000, 'a');
  const held = new Held().writeInt32(1).writeBytes(large);
  large.fill('b');
  expect(held.buffer.subarray(8).equals(large)).toBe(true);
});

test('a class with other methods is left as it is', () => {
  class Other {}
  const before = Object.getOwnPropertyNames(Other.prototype);
  holdLargePieces(Other as unknown as { prototype: Encoder });
  expect(Object.getOwnPropertyNames(Other.prototype)).toEqual(before);
});
