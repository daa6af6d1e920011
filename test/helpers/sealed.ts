/** Sealed batches and a reader of them, made from the core alone: what a store would hold after landing. */
import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import { batchSaltBytes, firstPrev, headerHash, leavesOf, signHeader } from '../../core/batch.ts';
import { rootOf, toHex } from '../../core/merkle.ts';
import { recordsHash } from '../../core/records.ts';
import { type Access, accessId, actorId, type BatchHeader, type SealedBatch, tenantId } from '../../core/types.ts';
import type { BundleReader } from '../../evidence/reader.ts';
import type { BundleQuery, Gap } from '../../evidence/verify-format.ts';
import { plainOpener } from './plain.ts';

export type Unplaced = Omit<Access, 'collector' | 'seq' | 'index' | 'records_sha256'>;
export interface Item {
  readonly access: Unplaced;
  readonly records: readonly Buffer[];
  /** What a collector that lies writes into the line over the truth. */
  readonly lies?: Readonly<Record<string, unknown>>;
}

/** An Ed25519 seed wrapped as PKCS #8 (RFC 8410 section 7). The same in every run, so that a failure can be looked at again. */
export const fixedKey = (name: string): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), hash('sha256', name, 'buffer')]),
    format: 'der',
    type: 'pkcs8',
  });

export const beginning = Date.parse('2026-03-04T08:00:00.000Z');

/** One access a minute, its source's records beside it; every fifth has three records, every seventh one that is not UTF-8. */
function item(collector: string, n: number, over: Partial<Unplaced> = {}): Item {
  const at = new Date(beginning + n * 60_000).toISOString();
  const records = Array.from({ length: n % 5 === 0 ? 3 : 1 }, (_, i) =>
    n % 7 === 0
      ? Buffer.from([0xff, 0xfe, n % 256, i])
      : Buffer.from(`${at} ${collector} jo read /clients/acme/ä ${n}.${i}\0"`),
  );
  const access = {
    id: accessId(hash('sha256', `${collector} ${n}`, 'hex').slice(0, 32)),
    at,
    seen_at: at,
    tenant: tenantId('acme'),
    source: collector,
    class: 'file',
    action: 'read',
    outcome: 'success',
    actor: actorId(n % 2 === 0 ? 'jo' : 'ana'),
    actor_kind: 'person',
    object: `/clients/acme/ä ${n}.txt`,
    count: records.length,
    attributed_by: 'path',
    ...over,
  } as const satisfies Unplaced;
  return { access, records };
}

export const items = (collector: string, count: number, first = 0): Item[] =>
  Array.from({ length: count }, (_, i) => item(collector, first + i));

/** Seals items into one stream, `perBatch` at a time. */
export function seal(
  collector: string,
  all: readonly Item[],
  perBatch: number,
  key: KeyObject,
  firstSeq = 0,
): SealedBatch[] {
  const batches: SealedBatch[] = [];
  let prev = firstSeq === 0 ? firstPrev : hash('sha256', 'what came before', 'hex');
  for (let begin = 0; begin < all.length; begin += perBatch) {
    const batch = sealOne(collector, all.slice(begin, begin + perBatch), firstSeq + batches.length, prev, key);
    prev = headerHash(batch.header);
    batches.push(batch);
  }
  return batches;
}

function sealOne(collector: string, part: readonly Item[], seq: number, prev: string, key: KeyObject): SealedBatch {
  const salt = hash('sha256', `salt ${collector} ${seq}`, 'buffer').subarray(0, batchSaltBytes);
  const lines = Buffer.from(
    part
      .map(
        ({ access, records, lies }, index) =>
          `${JSON.stringify({ ...access, records_sha256: recordsHash(records), collector, seq, index, ...lies })}\n`,
      )
      .join(''),
  );
  const times = part.map(({ access }) => access.at).sort();
  const sections = [
    brotliCompressSync(lines),
    brotliCompressSync(Buffer.concat(part.flatMap(({ records }) => rawSection(records)))),
  ];
  const header: BatchHeader = {
    v: 1,
    collector,
    tenant: tenantId('acme'),
    seq,
    count: part.length,
    from: times[0] ?? '',
    until: times[times.length - 1] ?? '',
    root: toHex(rootOf(leavesOf(salt, lines, part.length))),
    prev,
    codec: 'br',
    lengths: [sections[0]?.length ?? 0, sections[1]?.length ?? 0],
    key: 'none',
  };
  return { header, sig: signHeader(header, key), value: Buffer.concat([salt, ...sections]) };
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const rawSection = (records: readonly Buffer[]): Buffer[] => [
  u32(records.length),
  ...records.flatMap((record) => [u32(record.length), record]),
];

export interface Held {
  readonly batches: readonly SealedBatch[];
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly items: readonly {
    readonly item: Item;
    readonly collector: string;
    readonly seq: number;
    readonly index: number;
  }[];
}

/** What a store holds of some collectors' items. */
export function hold(
  streams: Readonly<Record<string, { items: readonly Item[]; perBatch: number; firstSeq?: number }>>,
): Held {
  const keys = new Map(Object.keys(streams).map((collector) => [collector, fixedKey(collector)]));
  const batches = Object.entries(streams).flatMap(([collector, { items: all, perBatch, firstSeq }]) =>
    seal(collector, all, perBatch, keys.get(collector) ?? fixedKey(collector), firstSeq),
  );
  const places = Object.entries(streams).flatMap(([collector, { items: all, perBatch, firstSeq = 0 }]) =>
    all.map((one, n) => ({ item: one, collector, seq: firstSeq + Math.floor(n / perBatch), index: n % perBatch })),
  );
  return { batches, keys, items: places };
}

/** Answers as the store would. `drop` names batches it lost, `gaps` what it knows of. */
export function readerOf(
  { batches, keys, items: all }: Held,
  options: { lost?: readonly string[]; gaps?: readonly Gap[] } = {},
): BundleReader {
  const kept = batches.filter(({ header }) => !options.lost?.includes(`${header.collector}/${header.seq}`));
  const inRange = ({ from, until }: BundleQuery, header: BatchHeader) => header.until >= from && header.from < until;
  return {
    async streams(query) {
      return [...keys.keys()].sort().flatMap((collector) => {
        const seqs = batches
          .filter(({ header }) => header.collector === collector && inRange(query, header))
          .map(({ header }) => header.seq);
        return seqs.length === 0 ? [] : [{ collector, first: Math.min(...seqs), last: Math.max(...seqs) }];
      });
    },
    async *accesses({ from, until, actor }) {
      const found = all
        .filter(({ item: { access } }) => access.at >= from && access.at < until && (!actor || access.actor === actor))
        .sort((a, b) => (a.item.access.at + a.item.access.id < b.item.access.at + b.item.access.id ? -1 : 1));
      for (const {
        item: { access },
        collector,
        seq,
        index,
      } of found)
        yield { id: access.id, collector, seq, index };
    },
    async *headers({ collector, first, last }) {
      for (const { header, sig } of kept) {
        if (header.collector === collector && header.seq >= first && header.seq <= last) yield { header, sig };
      }
    },
    batch: async (collector, seq) => kept.find(({ header }) => header.collector === collector && header.seq === seq),
    keys: (collector) => [createPublicKey(keys.get(collector) ?? fixedKey(collector))],
    opener: plainOpener,
    gaps: async () => options.gaps ?? [],
  };
}
