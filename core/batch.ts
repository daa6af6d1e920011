/**
 * The sealed batch on the wire, at rest and in a bundle: its header block, its signature, its sections.
 * docs/formats.md says the same in prose, for whoever checks a bundle without us.
 */
import { hash, type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import { Fault } from './errors.ts';
import { type Hash, leafOf, rootOf, saltBytes, saltsOf, toHex } from './merkle.ts';
import { type BatchHeader, type OpenedBatch, type SealedBatch, tenantId } from './types.ts';

/** Before the sections of every value: the secret that its lines' salts come from. */
export const batchSaltBytes = 32;
/** `prev` of a stream's first batch. */
export const firstPrev = '0'.repeat(64);
/** A batch is cut at 512 KiB of either section before compression; one larger record travels alone. */
export const sectionBytesMax = 512 * 1024;
/** What a reader will unpack of the raw records: one at its limit of 4 MiB and some room. */
const recordsBytesMax = 16 * 1024 * 1024;
/** And of the access lines: the text of such a record, each byte of it six in JSON. */
const linesBytesMax = 32 * 1024 * 1024;

const order = [
  'v',
  'collector',
  'tenant',
  'seq',
  'count',
  'from',
  'until',
  'root',
  'prev',
  'codec',
  'lengths',
  'key',
] as const satisfies readonly (keyof BatchHeader)[];

/** The canonical header block that is hashed and signed: `name: value` lines in a fixed order, each ended by `\n`. */
export function headerBlock(header: BatchHeader): string {
  let block = '';
  for (const name of order) block += `${name}: ${name === 'lengths' ? header.lengths.join(',') : header[name]}\n`;
  return block;
}

/** What the next batch of the stream carries as `prev`. Hex. */
export const headerHash = (header: BatchHeader): string => hash('sha256', headerBlock(header), 'hex');

/** Ed25519 (RFC 8032) over the header block, base64. */
export const signHeader = (header: BatchHeader, key: KeyObject): string =>
  signBytes(null, Buffer.from(headerBlock(header), 'latin1'), key).toString('base64');

export function signatureHolds(header: BatchHeader, sig: string, key: KeyObject): boolean {
  const bytes = Buffer.from(sig, 'base64');
  // Base64 that decodes to the same bytes may be written in several ways; only one of them was sealed.
  if (bytes.toString('base64') !== sig) return false;
  return verifyBytes(null, Buffer.from(headerBlock(header), 'latin1'), key, bytes);
}

/** The headers as they travel: ASCII name → ASCII value. */
export function wireHeaders({ header, sig }: Omit<SealedBatch, 'value'>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of order) headers[name] = name === 'lengths' ? header.lengths.join(',') : String(header[name]);
  headers['sig'] = sig;
  return headers;
}

/** No control character, and a bound on what is kept of it: a wrapped key is the longest there is. */
const plainForm = /^[ -~]{1,2100}$/;

/** Throws EVIDENCE_BROKEN for headers that are not those of a batch. */
export function readWireHeaders(headers: Readonly<Record<string, string>>): Omit<SealedBatch, 'value'> {
  const text = (name: string): string => {
    const value = headers[name];
    if (value === undefined) throw new Fault('EVIDENCE_BROKEN', `the batch has no header \`${name}\``);
    // Whoever may send may write anything there, and people will read it.
    if (plainForm.test(value)) return value;
    throw new Fault('EVIDENCE_BROKEN', `the batch's header \`${name}\` is no short plain text`);
  };
  const time = (name: 'from' | 'until'): string => {
    const value = text(name);
    if (!Number.isNaN(Date.parse(value))) return value;
    throw new Fault('EVIDENCE_BROKEN', `the batch's header \`${name}\` is no time`);
  };
  const whole = (name: string, value: string): number => {
    if (!/^\d{1,15}$/.test(value)) throw new Fault('EVIDENCE_BROKEN', `the batch's header \`${name}\` is not a number`);
    return Number(value);
  };
  const [first = '', second = '', ...more] = text('lengths').split(',');
  if (text('v') !== '1' || text('codec') !== 'br' || more.length > 0) {
    throw new Fault('EVIDENCE_BROKEN', 'the batch is of a version or codec this program does not know');
  }
  const header: BatchHeader = {
    v: 1,
    collector: text('collector'),
    tenant: tenantId(text('tenant')),
    seq: whole('seq', text('seq')),
    count: whole('count', text('count')),
    from: time('from'),
    until: time('until'),
    root: text('root'),
    prev: text('prev'),
    codec: 'br',
    lengths: [whole('lengths', first), whole('lengths', second)],
    key: text('key'),
  };
  return { header, sig: text('sig') };
}

/** The access lines of a batch, NDJSON, as they were sealed. Throws EVIDENCE_BROKEN if they do not unpack. */
export function accessLines({ header, content }: OpenedBatch): Buffer {
  return unpack(header, content.subarray(batchSaltBytes, batchSaltBytes + header.lengths[0]), linesBytesMax);
}

/** For each access of a batch, in order, its raw records. */
export function rawRecords({ header, content }: OpenedBatch): Buffer[][] {
  const begin = batchSaltBytes + header.lengths[0];
  const section = unpack(header, content.subarray(begin, begin + header.lengths[1]), recordsBytesMax);
  const all: Buffer[][] = [];
  let at = 0;
  const number = (): number => {
    if (at + 4 > section.length) throw damaged(header, 'its raw records end early');
    at += 4;
    return section.readUInt32BE(at - 4);
  };
  for (let access = 0; access < header.count; access += 1) {
    const records: Buffer[] = [];
    for (let left = number(); left > 0; left -= 1) {
      const length = number();
      if (at + length > section.length) throw damaged(header, 'its raw records end early');
      records.push(section.subarray(at, at + length));
      at += length;
    }
    all.push(records);
  }
  if (at !== section.length) throw damaged(header, 'its raw records run on after the last access');
  return all;
}

/** The leaves of a batch's tree, one for each access line. */
export function leavesOf(batchSalt: Buffer, lines: Buffer, count: number): Hash[] {
  // A header may say any number before it is checked; a line has at least its newline.
  const salts = saltsOf(batchSalt, Math.min(count, lines.length));
  const leaves: Hash[] = [];
  let scratch = Buffer.alloc(4_096);
  let begin = 0;
  for (let index = 0; index < count; index += 1) {
    const end = lines.indexOf(10, begin);
    if (end < 0) break;
    const size = 1 + saltBytes + end - begin;
    if (size > scratch.length) scratch = Buffer.alloc(size * 2);
    // Sixteen bytes are set sooner than a call is made.
    for (let byte = 0; byte < saltBytes; byte += 1) scratch[1 + byte] = salts[index * saltBytes + byte] ?? 0;
    lines.copy(scratch, 1 + saltBytes, begin, end);
    leaves.push(leafOf(scratch.subarray(0, size)));
    begin = end + 1;
  }
  return leaves;
}

export const batchSaltOf = ({ content }: OpenedBatch): Buffer => content.subarray(0, batchSaltBytes);

/** Recomputes the Merkle root from the lines. Throws EVIDENCE_BROKEN, naming the batch, if it is not the signed one. */
export function checkRoot(batch: OpenedBatch, lines: Buffer = accessLines(batch)): void {
  if (lines.length > 0 && lines[lines.length - 1] !== 10) throw damaged(batch.header, 'its last access is cut off');
  const leaves = leavesOf(batchSaltOf(batch), lines, batch.header.count + 1);
  if (leaves.length !== batch.header.count)
    throw damaged(batch.header, 'it holds another number of accesses than it says');
  if (toHex(rootOf(leaves)) !== batch.header.root)
    throw damaged(batch.header, 'its accesses are not those that were signed');
}

/** Eight times is what Brotli makes of records, nearly: one piece of output then, not a copy of many. */
const unpackedTimes = 8;
const pieceBytesMin = 1_024;
const pieceBytesMax = 256 * 1_024;

function unpack(header: BatchHeader, section: Buffer, maxOutputLength: number): Buffer {
  const chunkSize = Math.min(pieceBytesMax, Math.max(pieceBytesMin, section.length * unpackedTimes));
  try {
    return brotliDecompressSync(section, { maxOutputLength, chunkSize });
  } catch (error) {
    throw damaged(header, 'a section does not unpack', error);
  }
}

/** A batch that is not what it says, as EVIDENCE_BROKEN. `what`: a sentence's rest. */
export const damaged = ({ collector, tenant, seq }: BatchHeader, what: string, cause?: unknown): Fault =>
  new Fault(
    'EVIDENCE_BROKEN',
    `batch ${collector}/${tenant}/${seq} is damaged: ${what}`,
    { collector, tenant, seq },
    cause,
  );
