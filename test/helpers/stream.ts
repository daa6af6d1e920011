/** Streams of sealed batches as a collector makes them, and as one would that lies: any text, signed. */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import { batchSaltBytes, firstPrev, headerHash, leavesOf, signHeader } from '../../core/batch.ts';
import type { Sealing } from '../../core/envelope.ts';
import { rootOf, toHex } from '../../core/merkle.ts';
import { accessId, type BatchHeader, type SealedBatch, type TenantId, tenantId } from '../../core/types.ts';
import { accessLine } from '../../ingest/access-line.ts';
import type { Unsealed } from '../../ingest/attribute.ts';
import { Sealer, type StreamHead } from '../../ingest/seal.ts';
import { plain } from './plain.ts';
import { fixedKey } from './sealed.ts';
import { unsealed } from './unsealed.ts';

/** One collector's stream for one tenant, a batch at a time. */
export class Stream {
  readonly collector: string;
  readonly tenant: TenantId;
  readonly key: KeyObject;
  head: StreamHead = { seq: 0, prev: firstPrev };
  #made = 0;

  constructor(collector: string, tenant = 'acme') {
    this.collector = collector;
    this.tenant = tenantId(tenant);
    this.key = fixedKey(collector);
  }

  get publicKey(): KeyObject {
    return createPublicKey(this.key);
  }

  /** An access nobody made before. */
  access(more: Partial<Unsealed> = {}): Unsealed {
    this.#made += 1;
    const id = accessId(hash('sha256', `${this.collector} ${this.tenant} ${this.#made}`, 'hex').slice(0, 32));
    return unsealed({ id, tenant: this.tenant, source: this.collector, ...more });
  }

  /** The next batch, of this many accesses or of these. */
  next(given: number | readonly Unsealed[] = 1, sealing: Sealing = plain): SealedBatch {
    const accesses = typeof given === 'number' ? Array.from({ length: given }, () => this.access()) : given;
    const sealer = new Sealer(this.collector, this.tenant, this.key, this.head);
    for (const access of accesses) sealer.add(access, [{ raw: Buffer.from(`record of ${access.id}`) }]);
    const { batches, head } = sealer.finish(sealing);
    const [only, ...more] = batches;
    if (!only || more.length > 0) throw new Error('give as many accesses as fit into one batch');
    this.head = head;
    return only;
  }

  /** The next batch, rightly signed, of whatever lines. */
  nextOf(lines: readonly string[]): SealedBatch {
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const salt = hash('sha256', `salt ${this.collector} ${this.head.seq}`, 'buffer').subarray(0, batchSaltBytes);
    const sections = [brotliCompressSync(text), brotliCompressSync(Buffer.alloc(4 * lines.length))] as const;
    const header: BatchHeader = {
      v: 1,
      collector: this.collector,
      tenant: this.tenant,
      seq: this.head.seq,
      count: lines.length,
      from: '2026-03-04T09:15:02.000Z',
      until: '2026-03-04T09:15:02.000Z',
      root: toHex(rootOf(leavesOf(salt, text, lines.length))),
      prev: this.head.prev,
      codec: 'br',
      lengths: [sections[0].length, sections[1].length],
      key: 'none',
    };
    this.head = { seq: header.seq + 1, prev: headerHash(header) };
    return { header, sig: signHeader(header, this.key), value: Buffer.concat([salt, ...sections]) };
  }

  line(more: Partial<Unsealed> = {}, index = 0): string {
    return accessLine(this.access(more), this.collector, this.head.seq, index);
  }
}
