/** Raw records: their digest, and how JSON shows them. */
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';

/** `records_sha256` of an access: of one record its SHA-256, of several the SHA-256 of their digests end to end. Hex. */
export function recordsDigest(digests: readonly string[]): string {
  const [only, ...more] = digests;
  if (only !== undefined && more.length === 0) return only;
  return hash('sha256', Buffer.from(digests.join(''), 'hex'), 'hex');
}

export const recordsHash = (records: readonly Buffer[]): string =>
  recordsDigest(records.map((record) => hash('sha256', record, 'hex')));

/** A record as JSON can hold it: text when it is UTF-8, so that its bytes come back; base64 when it is not. */
export type RawText = string | { readonly base64: string };

export const rawText = (record: Buffer): RawText =>
  isUtf8(record) ? record.toString('utf8') : { base64: record.toString('base64') };
