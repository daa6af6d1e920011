/**
 * One source's way from frames to sealed batches: read, drop repeats, fold, attribute, seal. All of it is synchronous
 * and in memory until `flush`, which puts everything since the last flush into the spool at once.
 */
import { hash, type KeyObject } from 'node:crypto';
import type { Sealing } from '../core/envelope.ts';
import type { AccessId, Instant, StoredReject, TenantId } from '../core/types.ts';
import { type Attribution, attribute, type Item } from './attribute.ts';
import { Ignored, type Parsed, type Parser, read, Unreadable } from './collector.ts';
import type { Flush } from './flush.ts';
import { createFoldMemory, type Folded, fold } from './fold.ts';
import type { Frame } from './frame.ts';
import type { CountryOf } from './geo.ts';
import { KeySet } from './id-keys.ts';
import { mintId } from './mint.ts';
import { RecordGaps } from './record-gaps.ts';
import type { RejectSealer } from './reject-seal.ts';
import { Sealer, type Sections, type StreamHead } from './seal.ts';
import { addCounts, noCounts, type SourceCounts } from './source-counts.ts';
import type { Spool } from './spool.ts';

/** Bytes of raw records after which a flush is due, whatever the clock says, where the records are of few tenants. */
export const flushBytes = 8 * 1024 * 1024;
/**
 * Each tenant's batch has a price of its own, from its signature to its row in the store. So with many tenants a backlog is
 * flushed only when each has about this much, which is half a batch;
 */
const flushBytesOfTenant = 256 * 1024;
/** and at the latest here: it is all in memory. */
const flushBytesMax = 64 * 1024 * 1024;

/** What encrypts the batches of each tenant. */
export interface Seals {
  /** Resolves when `of` answers for all of these. Throws a Fault that is worth no retry. */
  ready(tenants: Iterable<TenantId>, signal: AbortSignal): Promise<void>;
  of(tenant: TenantId): Sealing;
}

export interface IntakeDeps {
  readonly source: string;
  readonly parser: Parser;
  readonly attribution: Attribution;
  readonly countryOf: CountryOf;
  /** The source's signing key, as it is now. */
  readonly key: () => KeyObject;
  readonly seals: Seals;
  /** For records that nobody can read; without it they are kept as they came. */
  readonly rejectSealer?: RejectSealer | undefined;
  readonly spool: Pick<Spool, 'head' | 'knows' | 'commit' | 'countsOf' | 'numbers'>;
}

export class Intake {
  readonly #deps: IntakeDeps;
  readonly #memory = createFoldMemory();
  readonly #gaps: RecordGaps;
  /** Records of the source, of all times, that nobody could read. */
  #unreadable: number;
  #sealers = new Map<TenantId, Sealer>();
  /** Of the last flush, while there is a backlog: memory outside the heap that comes and goes makes Node collect garbage. */
  #spare: Sections[] = [];
  /** The ids of this flush. */
  readonly #fresh = new KeySet();
  #rejects: StoredReject[] = [];
  #counts: SourceCounts = noCounts;
  #bytes = 0;
  /** Sealed but refused by a full spool: the same flush is tried again, so that a number is never cut twice. */
  #refused: Flush | undefined;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
    this.#gaps = new RecordGaps(deps.source, deps.spool.numbers());
    this.#unreadable = deps.spool.countsOf(deps.source).rejects;
  }

  /** Raw bytes taken since the last flush. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A flush is due, whatever the clock says. */
  get isFull(): boolean {
    const wanted = Math.max(flushBytes, this.#sealers.size * flushBytesOfTenant);
    return this.#bytes >= Math.min(wanted, flushBytesMax);
  }

  /** `where` is the frames' file or stream, for rejects; `seenAt` gives each frame its arrival. */
  take(frames: readonly Frame[], where: string, seenAt: (frame: Frame) => Instant): void {
    const { source, parser } = this.#deps;
    const items: Item[] = [];
    let ignored = 0;
    let repeats = 0;
    const rejectsBefore = this.#rejects.length;
    for (const frame of frames) {
      const { raw, torn } = frame;
      this.#bytes += raw.length;
      const arrived = seenAt(frame);
      const reading = torn === undefined ? read(parser, raw, arrived) : new Unreadable(torn);
      this.#number(reading, where, arrived);
      if (reading === undefined || reading instanceof Ignored) {
        ignored += 1;
        continue;
      }
      const digest = hash('sha256', raw, 'hex');
      // A reject has an id of its own, so that its record can still become an access when it is replayed.
      const id = mintId(source, reading instanceof Unreadable ? `unreadable ${digest}` : reading.record, digest);
      if (this.#deps.spool.knows(id) || !this.#fresh.add(id)) {
        repeats += 1;
        continue;
      }
      if (reading instanceof Unreadable) this.#reject(frame, where, { id, reason: reading.reason, seenAt: arrived });
      else items.push({ reading, raw, digest, id, seenAt: arrived });
    }
    for (const act of fold(items, this.#memory)) this.#seal(act);
    const rejects = this.#rejects.length - rejectsBefore;
    this.#counts = addCounts(this.#counts, { read: frames.length, accessed: items.length, repeats, ignored, rejects });
  }

  /** To be awaited before `flush`, with nothing taken in between: a client whose key cannot be had makes its sources wait. */
  async ready(signal: AbortSignal): Promise<void> {
    if (!this.#refused) await this.#deps.seals.ready(this.#sealers.keys(), signal);
  }

  /**
   * Seals what was taken and puts it into the spool with its checkpoint. Throws SPOOL_FULL; call it again later
   * and take nothing in between.
   */
  flush(checkpoint: Flush['checkpoint']): SourceCounts {
    this.#refused ??= this.#finish(checkpoint);
    this.#deps.spool.commit(this.#refused);
    const done = this.#refused.counts;
    this.#refused = undefined;
    this.#spare = this.isFull ? [...this.#sealers.values()].map(({ sections }) => sections) : [];
    this.#sealers = new Map();
    this.#fresh.clear();
    this.#rejects = [];
    this.#counts = noCounts;
    this.#bytes = 0;
    return done;
  }

  #finish(checkpoint: Flush['checkpoint']): Flush {
    const finished = [...this.#sealers].map(([tenant, sealer]) => ({
      tenant,
      ...sealer.finish(this.#deps.seals.of(tenant)),
    }));
    return {
      source: this.#deps.source,
      batches: finished.flatMap(({ batches }) => batches),
      heads: new Map<TenantId, StreamHead>(finished.map(({ tenant, head }) => [tenant, head])),
      checkpoint,
      ids: this.#fresh.keys,
      rejects: this.#rejects,
      counts: this.#counts,
      numbers: this.#gaps.changes(),
    };
  }

  /** Repeats count too: what comes late may fill a hole. */
  #number(parsed: Parsed, file: string, seenAt: Instant): void {
    if (parsed === undefined || parsed instanceof Unreadable || parsed.serial === undefined) return;
    this.#gaps.take(parsed.serial, parsed.at, { file, seenAt, unreadable: this.#unreadable });
  }

  #reject({ raw, offset }: Frame, where: string, found: { id: AccessId; reason: string; seenAt: Instant }): void {
    this.#unreadable += 1;
    const { id, reason, seenAt } = found;
    const { source, rejectSealer } = this.#deps;
    const parts = { source, position: `${where}:${offset}`, reason, seenAt };
    // Copied, or sealed: a reject may outlive the chunk that it is a view of.
    this.#rejects.push(rejectSealer?.seal({ ...parts, id, raw }) ?? { ...parts, raw: Buffer.from(raw) });
  }

  #sealerOf(tenant: TenantId): Sealer {
    const { source, key, spool } = this.#deps;
    let sealer = this.#sealers.get(tenant);
    if (!sealer) {
      sealer = new Sealer(source, tenant, key(), spool.head(source, tenant), this.#spare.pop());
      this.#sealers.set(tenant, sealer);
    }
    return sealer;
  }

  #seal(act: Folded<Item>): void {
    const { serial, at } = act.reading;
    const missing_before = serial && this.#gaps.owed(serial.log, at);
    const attributed = attribute(act, this.#deps);
    const access = missing_before ? { ...attributed, missing_before } : attributed;
    this.#sealerOf(access.tenant).add(access, act.items);
  }
}
