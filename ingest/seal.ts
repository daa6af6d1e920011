/**
 * Cuts the accesses of one tenant into sealed batches. Everything that is done per access beyond its own line is done
 * here once per batch: two compressions, one salt derivation, one tree, one signature, one encryption.
 */
import { type KeyObject, randomBytes } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import { batchSaltBytes, headerHash, leavesOf, sectionBytesMax, signHeader } from '../core/batch.ts';
import type { Sealing } from '../core/envelope.ts';
import { rootOf, toHex } from '../core/merkle.ts';
import type { BatchHeader, SealedBatch, TenantId } from '../core/types.ts';
import { accessLine } from './access-line.ts';
import type { Unsealed } from './attribute.ts';
import { Section } from './section.ts';

/** Where a stream stands: the next number, and the hash of the header block before it. */
export interface StreamHead {
  readonly seq: number;
  readonly prev: string;
}

/** A batch that was cut: all of it but what its key and its place in the chain add. */
interface Cut extends Pick<BatchHeader, 'seq' | 'count' | 'from' | 'until' | 'root' | 'lengths'> {
  /** The batch's salt and its sections, end to end. */
  readonly content: Buffer;
}

/** A batch mostly ends far below its limit, so that sections begin small and grow. */
const sectionBytesAtFirst = 32 * 1024;

/** Lines and records. */
export type Sections = readonly [Section, Section];

const newSections = (): Sections => [new Section(sectionBytesAtFirst), new Section(sectionBytesAtFirst)];

export class Sealer {
  readonly #collector: string;
  readonly #tenant: TenantId;
  readonly #key: KeyObject;
  readonly #cuts: Cut[] = [];
  readonly #lines: Section;
  readonly #records: Section;
  #seq: number;
  #prev: string;
  #count = 0;
  #from = '';
  #until = '';

  /** `sections` are another sealer's that has finished. */
  constructor(collector: string, tenant: TenantId, key: KeyObject, head: StreamHead, sections = newSections()) {
    [this.#lines, this.#records] = sections;
    this.#collector = collector;
    this.#tenant = tenant;
    this.#key = key;
    this.#seq = head.seq;
    this.#prev = head.prev;
  }

  /** For another sealer, once this one has finished. */
  get sections(): Sections {
    return [this.#lines, this.#records];
  }

  /** Cuts a batch by itself when one is full. */
  add(access: Unsealed, items: readonly { readonly raw: Buffer }[]): void {
    if (this.#count === 0 || access.at < this.#from) this.#from = access.at;
    if (this.#count === 0 || access.at > this.#until) this.#until = access.at;
    this.#lines.addText(`${accessLine(access, this.#collector, this.#seq, this.#count)}\n`);
    this.#records.addNumber(items.length);
    for (const { raw } of items) {
      this.#records.addNumber(raw.length);
      this.#records.addBytes(raw);
    }
    this.#count += 1;
    if (this.#lines.length >= sectionBytesMax || this.#records.length >= sectionBytesMax) this.#cut();
  }

  /** Cuts what is left, seals and hands over all batches, in order, and where the stream stands after them. */
  finish(sealing: Sealing): { readonly batches: readonly SealedBatch[]; readonly head: StreamHead } {
    if (this.#count > 0) this.#cut();
    const batches = this.#cuts.map((cut) => this.#sealed(cut, sealing));
    return { batches, head: { seq: this.#seq, prev: this.#prev } };
  }

  #cut(): void {
    const batchSalt = randomBytes(batchSaltBytes);
    const accesses = compress(this.#lines.bytes);
    const records = compress(this.#records.bytes);
    this.#cuts.push({
      seq: this.#seq,
      count: this.#count,
      from: this.#from,
      until: this.#until,
      root: toHex(rootOf(leavesOf(batchSalt, this.#lines.bytes, this.#count))),
      lengths: [accesses.length, records.length],
      // Copied at once: what compresses leaves a buffer behind each section that is much larger than it.
      content: Buffer.concat([batchSalt, accesses, records]),
    });
    this.#seq += 1;
    this.#count = 0;
    this.#lines.clear();
    this.#records.clear();
  }

  #sealed({ content, ...cut }: Cut, sealing: Sealing): SealedBatch {
    const header: BatchHeader = {
      v: 1,
      collector: this.#collector,
      tenant: this.#tenant,
      ...cut,
      prev: this.#prev,
      codec: 'br',
      key: sealing.name,
    };
    this.#prev = headerHash(header);
    return { header, sig: signHeader(header, this.#key), value: sealing.seal(header, content) };
  }
}

/** Brotli at 1: what was measured is in docs/decisions/0003. */
function compress(section: Buffer): Buffer {
  return brotliCompressSync(section, {
    // Mostly one piece of output: Node would make it of 16 KiB pieces and then copy them together. Logs shrink to a tenth.
    chunkSize: Math.max(1_024, section.length >> 2),
    params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_SIZE_HINT]: section.length },
  });
}
