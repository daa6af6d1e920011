/**
 * How batches and rejects lie in the spool: a sum over everything, then the small parts as JSON, then the bytes. So that
 * one that the disk changed is known when it is read, and can be read without knowing anything else of the file.
 */
import { hash } from 'node:crypto';
import type { Reject, SealedBatch, SealedReject, StoredReject } from '../core/types.ts';

const sumBytes = 16;
const prefixBytes = sumBytes + 4;

function encode(parts: object, bytes: Buffer): Buffer {
  const text = JSON.stringify(parts);
  const textBytes = Buffer.byteLength(text);
  const entry = Buffer.allocUnsafe(prefixBytes + textBytes + bytes.length);
  entry.writeUInt32LE(textBytes, sumBytes);
  entry.write(text, prefixBytes);
  entry.set(bytes, prefixBytes + textBytes);
  entry.set(sumOf(entry.subarray(sumBytes)));
  return entry;
}

const sumOf = (body: Buffer): Buffer => hash('sha256', body, 'buffer').subarray(0, sumBytes);

/** `undefined`: it is not what was written. */
function decode<Parts>(entry: Buffer): { parts: Parts; bytes: Buffer } | undefined {
  if (entry.length < prefixBytes || !sumOf(entry.subarray(sumBytes)).equals(entry.subarray(0, sumBytes)))
    return undefined;
  const end = prefixBytes + entry.readUInt32LE(sumBytes);
  const parts = JSON.parse(entry.toString('utf8', prefixBytes, end)) as Parts;
  // A copy: what the file's pages say may change when the transaction is over.
  return { parts, bytes: Buffer.from(entry.subarray(end)) };
}

export function encodeBatch({ value, ...parts }: SealedBatch): Buffer {
  return encode(parts, value);
}

/** Of the batch in it, without a look at the batch. */
export const valueBytes = (entry: Buffer): number => entry.length - prefixBytes - entry.readUInt32LE(sumBytes);

export function decodeBatch(entry: Buffer): SealedBatch | undefined {
  const decoded = decode<Omit<SealedBatch, 'value'>>(entry);
  return decoded && { ...decoded.parts, value: decoded.bytes };
}

export function encodeReject(reject: StoredReject): Buffer {
  if ('raw' in reject) {
    const { raw, ...parts } = reject;
    return encode(parts, raw);
  }
  const { box, ...parts } = reject;
  return encode(parts, box);
}

/** What their records take there. */
export const rejectsBytes = (rejects: readonly StoredReject[]): number =>
  rejects.reduce((sum, reject) => sum + ('raw' in reject ? reject.raw : reject.box).length, 0);

/** A sealed one names its key; those of before keys were configured do not. */
export function decodeReject(entry: Buffer): StoredReject | undefined {
  const decoded = decode<Omit<Reject, 'raw'> | Omit<SealedReject, 'box'>>(entry);
  if (!decoded) return undefined;
  const { parts, bytes } = decoded;
  return 'key' in parts ? { ...parts, box: bytes } : { ...parts, raw: bytes };
}

const textSumDigits = 16;
const textSumOf = (json: string): string => hash('sha256', json, 'hex').slice(0, textSumDigits);

/** What is small: its sum, then JSON. */
export function sumText(given: unknown): string {
  const json = JSON.stringify(given);
  return `${textSumOf(json)} ${json}`;
}

/** `undefined`: it is not what was written. */
export function readSumText<Given>(text: string): Given | undefined {
  const json = text.slice(textSumDigits + 1);
  return text.slice(0, textSumDigits) === textSumOf(json) ? (JSON.parse(json) as Given) : undefined;
}
