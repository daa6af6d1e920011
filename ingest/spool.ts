/**
 * The edge's durable queue: everything one flush of a source changes is one LMDB transaction (its batches, the streams'
 * heads, the source's checkpoint, the ids it will remember, its rejects), so that a kill at any byte leaves either all
 * of it or nothing. Why LMDB: docs/decisions/0002.
 */
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { firstPrev } from '../core/batch.ts';
import { Fault } from '../core/errors.ts';
import type { AccessId, Instant, SealedBatch, StoredReject, TenantId } from '../core/types.ts';
import { Confirmations } from './confirmations.ts';
import type { Flush } from './flush.ts';
import { ownFolder } from './own-folder.ts';
import { RecentBatches } from './recent-batches.ts';
import type { NumberState } from './record-gaps.ts';
import type { StreamHead } from './seal.ts';
import { type Generation, SeenIds } from './seen-ids.ts';
import { addCounts, noCounts, type SourceCounts } from './source-counts.ts';
import { decodeBatch, decodeReject, encodeBatch, encodeReject, rejectsBytes, valueBytes } from './spool-entry.ts';
import { memoryFile, type Remembered, readMemory, type Saved, SpoolMemory } from './spool-memory.ts';
import { Room, type SpoolLimits, spoolLimits } from './spool-room.ts';
import { SumTable } from './sum-table.ts';

/** Ids are remembered for one to two generations, so for at least this long. */
const generationMs = 8 * 86_400_000;

export interface Waiting {
  /** Its number in the queue, rising. */
  readonly place: number;
  readonly batch: SealedBatch;
}

export type KeptReject = StoredReject & { readonly number: number };

interface Totals {
  readonly place: number;
  readonly waitingBytes: number;
  readonly rejectBytes: number;
  readonly rejectNumber: number;
  /** Which of the two generations of ids is being written, and since when. */
  readonly generation: Generation;
  readonly generationSince: Instant;
}

type Keys = string | string[];

const bytesOf = (items: readonly { readonly length: number }[]): number =>
  items.reduce((sum, { length }) => sum + length, 0);

export class Spool {
  readonly #path: string;
  readonly #room: Room;
  readonly #now: () => Instant;
  readonly #env: RootDatabase;
  readonly #waiting: Database<Buffer, number>;
  readonly #heads: SumTable<string[], StreamHead>;
  readonly #checkpoints: SumTable<string, string>;
  readonly #rejects: Database<Buffer, number>;
  readonly #counts: SumTable<string, SourceCounts>;
  readonly #numbers: SumTable<string, NumberState>;
  readonly #state: SumTable<string, Totals>;
  readonly #ids: SeenIds;
  readonly #recent = new RecentBatches();
  /** Bytes of the values of batches that were handed out, by place. */
  readonly #sizes = new Map<number, number>();
  readonly #memory: SpoolMemory;
  readonly #confirmations: Confirmations;
  #totals: Totals;

  constructor(dataDir: string, limits: SpoolLimits = spoolLimits, now: () => Instant = Date.now) {
    this.#path = join(dataDir, 'spool');
    this.#room = new Room(this.#path, limits);
    this.#now = now;
    ownFolder(this.#path);
    const env = open({ path: this.#path, maxDbs: 12, overlappingSync: false });
    const ids = (name: string): Database<Buffer, Buffer> =>
      env.openDB({ name, keyEncoding: 'binary', encoding: 'binary' });
    const table = <Key extends Keys, Given>(name: string) =>
      new SumTable<Key, Given>(env.openDB<string, Key>({ name, encoding: 'string' }), () =>
        this.#broken(`an entry of its ${name} is not what was written`),
      );
    this.#env = env;
    this.#waiting = env.openDB({ name: 'waiting', encoding: 'binary' });
    this.#heads = table('heads');
    this.#checkpoints = table('checkpoints');
    this.#rejects = env.openDB({ name: 'rejects', encoding: 'binary' });
    this.#counts = table('counts');
    this.#numbers = table('numbers');
    this.#state = table('state');
    this.#ids = new SeenIds([ids('ids0'), ids('ids1')]);
    this.#totals = this.#state.get('totals') ?? {
      place: 0,
      waitingBytes: 0,
      rejectBytes: 0,
      rejectNumber: 0,
      generation: 0,
      generationSince: now(),
    };
    const memory = readMemory(memoryFile(dataDir));
    this.#confirmations = new Confirmations(memory?.confirmed ?? {});
    this.#checkNotBehind(memory);
    for (const [name, place] of Object.entries(this.remembered().read))
      this.#confirmations.add({ name, place }, this.#totals.place);
    this.#confirmations.upTo(this.#lowest());
    this.#memory = new SpoolMemory(memoryFile(dataDir), () => this.remembered());
  }

  head(collector: string, tenant: TenantId): StreamHead {
    return this.#heads.get([collector, tenant]) ?? { seq: 0, prev: firstPrev };
  }

  checkpoint(name: string): string | undefined {
    return this.#checkpoints.get(name);
  }

  /** Whether a source said this before, within at least the last 8 days. */
  knows(id: AccessId): boolean {
    return this.#ids.has(id);
  }

  countsOf(source: string): SourceCounts {
    return this.#counts.get(source) ?? noCounts;
  }

  /** What is remembered of the platforms' own record numbers, of all sources. */
  numbers(): Iterable<readonly [string, NumberState]> {
    return this.#numbers.all();
  }

  get waitingBytes(): number {
    return this.#totals.waitingBytes;
  }

  /** All or nothing. Throws SPOOL_FULL (try the same flush again later) before anything is changed. */
  commit(flush: Flush): void {
    const batchBytes = bytesOf(flush.batches.map(({ value }) => value));
    const addedBytes = rejectsBytes(flush.rejects);
    this.#room.check({ batchBytes, rejectBytes: addedBytes }, this.#totals);
    this.#turnGeneration();
    const totals = this.#totals;
    let { place, rejectNumber } = totals;
    this.#change(() => {
      for (const batch of flush.batches) this.#waiting.putSync(place++, encodeBatch(batch));
      for (const [tenant, head] of flush.heads) this.#heads.put([flush.source, tenant], head);
      this.#ids.put(totals.generation, flush.ids);
      for (const reject of flush.rejects) this.#rejects.putSync(rejectNumber++, encodeReject(reject));
      if (flush.checkpoint) this.#checkpoints.put(flush.checkpoint.name, flush.checkpoint.place);
      this.#counts.put(flush.source, addCounts(this.countsOf(flush.source), flush.counts));
      this.#numbers.change(flush.numbers?.put ?? [], flush.numbers?.drop ?? []);
      return {
        ...totals,
        place,
        rejectNumber,
        waitingBytes: totals.waitingBytes + batchBytes,
        rejectBytes: totals.rejectBytes + addedBytes,
      };
    });
    this.#ids.added(totals.generation, flush.ids);
    this.#recent.add(totals.place, flush.batches);
    if (flush.checkpoint) this.#confirmations.add(flush.checkpoint, this.#totals.place);
    this.#memory.add({
      heads: { [flush.source]: Object.fromEntries(flush.heads) },
      counts: { [flush.source]: this.countsOf(flush.source) },
      ...(flush.checkpoint && { read: { [flush.checkpoint.name]: flush.checkpoint.place } }),
      confirmed: this.#confirmations.upTo(this.#lowest()),
    });
  }

  /** The oldest batches from `place` on, at most `limit`. Throws SPOOL_BROKEN at one that the disk changed. */
  *waiting(place: number, limit: number): Generator<Waiting> {
    for (const here of this.#waiting.getKeys({ start: place, limit })) {
      const batch = this.#recent.take(here) ?? this.#stored(here);
      this.#sizes.set(here, batch.value.length);
      yield { place: here, batch };
    }
  }

  /** Only after the bus acknowledged them. */
  remove(places: readonly number[]): void {
    this.#change(() => {
      let { waitingBytes } = this.#totals;
      for (const place of places) {
        waitingBytes -= this.#sizes.get(place) ?? this.#sizeOf(place);
        this.#waiting.removeSync(place);
      }
      return { ...this.#totals, waitingBytes };
    });
    for (const place of places) this.#sizes.delete(place);
    const confirmed = this.#confirmations.upTo(this.#lowest());
    if (Object.keys(confirmed).length > 0) this.#memory.add({ confirmed });
  }

  *rejects(source?: string): Generator<KeptReject> {
    for (const { key, value } of this.#rejects.getRange()) {
      const reject = decodeReject(value);
      if (!reject) throw this.#broken(`reject ${key} is not what was written`);
      if (source === undefined || reject.source === source) yield { ...reject, number: key };
    }
  }

  /** For records that a later collector could read. */
  removeRejects(kept: readonly KeptReject[]): void {
    this.#change(() => {
      for (const { number } of kept) this.#rejects.removeSync(number);
      return { ...this.#totals, rejectBytes: this.#totals.rejectBytes - rejectsBytes(kept) };
    });
  }

  /** What must outlive this file. */
  remembered(): Remembered {
    const all: Remembered = { heads: {}, counts: {}, read: {}, confirmed: this.#confirmations.confirmed };
    for (const [[source = '', tenant = ''], head] of this.#heads.all())
      all.heads[source] = { ...all.heads[source], [tenant]: head };
    for (const [source, counts] of this.#counts.all()) all.counts[source] = counts;
    for (const [name, place] of this.#checkpoints.all()) all.read[name] = place;
    return all;
  }

  /** Into a spool that holds nothing yet: what could be saved of another. */
  restore({ remembered, batches, rejects, ids }: Saved): void {
    this.#change(() => {
      for (const [source, streams] of Object.entries(remembered.heads))
        for (const [tenant, head] of Object.entries(streams)) this.#heads.put([source, tenant], head);
      for (const [source, counts] of Object.entries(remembered.counts)) this.#counts.put(source, counts);
      for (const [name, place] of Object.entries(remembered.read)) this.#checkpoints.put(name, place);
      batches.forEach((batch, place) => void this.#waiting.putSync(place, encodeBatch(batch)));
      rejects.forEach((reject, number) => void this.#rejects.putSync(number, encodeReject(reject)));
      this.#ids.put(this.#totals.generation, Buffer.concat(ids));
      const waitingBytes = bytesOf(batches.map(({ value }) => value));
      return {
        ...this.#totals,
        place: batches.length,
        rejectNumber: rejects.length,
        waitingBytes,
        rejectBytes: rejectsBytes(rejects),
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#memory.close();
    await this.#env.close();
  }

  /** A spool that knows less than was written beside it is new, or a copy of an earlier one: its numbers were given before. */
  #checkNotBehind(memory: Remembered | undefined): void {
    const { heads } = this.remembered();
    for (const [source, streams] of Object.entries(memory?.heads ?? {}))
      for (const [tenant, { seq }] of Object.entries(streams))
        if ((heads[source]?.[tenant]?.seq ?? 0) < seq) {
          void this.#env.close();
          throw this.#broken(`it is older than what was written of ${source}`);
        }
  }

  #stored(place: number): SealedBatch {
    const entry = this.#waiting.get(place);
    const batch = entry && decodeBatch(entry);
    if (!batch) throw this.#broken(`batch ${place} is not what was written`);
    return batch;
  }

  #sizeOf(place: number): number {
    const entry = this.#waiting.get(place);
    return entry ? valueBytes(entry) : 0;
  }

  /** Of all that waits. */
  #lowest(): number {
    const [lowest] = this.#waiting.getKeys({ limit: 1 });
    return lowest ?? this.#totals.place;
  }

  #broken(what: string): Fault {
    return new Fault('SPOOL_BROKEN', `the spool in ${this.#path} is damaged: ${what}; start again, and it is repaired`);
  }

  /** What is in memory changes only once it is on disk. */
  #change(write: () => Totals): void {
    let totals = this.#totals;
    try {
      this.#env.transactionSync(() => {
        totals = write();
        this.#state.put('totals', totals);
      });
    } catch (error) {
      throw this.#room.asFull(error) ?? error;
    }
    this.#totals = totals;
  }

  /** Ends a generation of ids that has lasted long enough; the one before it is forgotten whole. */
  #turnGeneration(): void {
    if (this.#now() - this.#totals.generationSince < generationMs) return;
    const generation = this.#totals.generation === 0 ? 1 : 0;
    this.#ids.clear(generation);
    this.#change(() => ({ ...this.#totals, generation, generationSince: this.#now() }));
  }
}
