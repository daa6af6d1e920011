/**
 * One source's way from frames to sealed batches: read, drop repeats, fold, attribute, seal. All of it is synchronous
 * and in memory until `flush`, which puts everything since the last flush into the spool at once.
 */
import { hash, type KeyObject } from 'node:crypto';
import type { AccessId, ActorId, ActorKind, Instant, Place, Reading, Reject, TenantId } from '../core/types.ts';
import { type Parser, read, Unreadable } from './collector.ts';
import { createFoldMemory, type Folded, fold } from './fold.ts';
import type { Frame } from './frame.ts';
import type { CountryOf } from './geo.ts';
import { mintId, recordsDigest } from './mint.ts';
import { Sealer, type StreamHead, type Unsealed } from './seal.ts';
import { addCounts, type Flush, noCounts, type SourceCounts, type Spool } from './spool.ts';

/** The directory's answers about one source. */
export interface Attribution {
  tenantOf(place: Place): { readonly tenant: TenantId; readonly by: string };
  personOf(account: string): { readonly actor: ActorId; readonly kind: ActorKind } | undefined;
}

/** Bytes of raw records after which a flush is due, whatever the clock says. */
export const flushBytes = 8 * 1024 * 1024;

interface Item {
  readonly reading: Reading;
  readonly raw: Buffer;
  readonly digest: string;
  readonly id: AccessId;
  readonly seenAt: Instant;
}

export interface IntakeDeps {
  readonly source: string;
  readonly parser: Parser;
  readonly attribution: Attribution;
  readonly countryOf: CountryOf;
  readonly key: KeyObject;
  readonly spool: Spool;
}

export class Intake {
  readonly #deps: IntakeDeps;
  readonly #memory = createFoldMemory();
  #sealers = new Map<TenantId, Sealer>();
  #fresh = new Set<AccessId>();
  #rejects: Reject[] = [];
  #counts: SourceCounts = noCounts;
  #bytes = 0;
  /** Sealed but refused by a full spool: the same flush is tried again, so that a number is never cut twice. */
  #refused: Flush | undefined;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  /** Raw bytes taken since the last flush. */
  get bytes(): number {
    return this.#bytes;
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
      if (reading === undefined) {
        ignored += 1;
        continue;
      }
      const digest = hash('sha256', raw, 'hex');
      // A reject has an id of its own, so that its record can still become an access when it is replayed.
      const id = mintId(source, reading instanceof Unreadable ? `unreadable ${digest}` : reading.record, digest);
      if (this.#fresh.has(id) || this.#deps.spool.knows(id)) {
        repeats += 1;
        continue;
      }
      this.#fresh.add(id);
      if (reading instanceof Unreadable) this.#reject(frame, where, reading.reason, arrived);
      else items.push({ reading, raw, digest, id, seenAt: arrived });
    }
    for (const act of fold(items, this.#memory)) this.#seal(act);
    const rejects = this.#rejects.length - rejectsBefore;
    this.#counts = addCounts(this.#counts, { read: frames.length, accessed: items.length, repeats, ignored, rejects });
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
    this.#sealers = new Map();
    this.#fresh = new Set();
    this.#rejects = [];
    this.#counts = noCounts;
    this.#bytes = 0;
    return done;
  }

  #finish(checkpoint: Flush['checkpoint']): Flush {
    const finished = [...this.#sealers].map(([tenant, sealer]) => ({ tenant, ...sealer.finish() }));
    return {
      source: this.#deps.source,
      batches: finished.flatMap(({ batches }) => batches),
      heads: new Map<TenantId, StreamHead>(finished.map(({ tenant, head }) => [tenant, head])),
      checkpoint,
      ids: [...this.#fresh],
      rejects: this.#rejects,
      counts: this.#counts,
    };
  }

  #reject({ raw, offset }: Frame, where: string, reason: string, seenAt: Instant): void {
    // Copied: a reject may outlive the chunk that it is a view of.
    this.#rejects.push({
      source: this.#deps.source,
      position: `${where}:${offset}`,
      reason,
      raw: Buffer.from(raw),
      seenAt,
    });
  }

  #sealerOf(tenant: TenantId): Sealer {
    const { source, key, spool } = this.#deps;
    let sealer = this.#sealers.get(tenant);
    if (!sealer) {
      sealer = new Sealer(source, tenant, key, spool.head(source, tenant));
      this.#sealers.set(tenant, sealer);
    }
    return sealer;
  }

  #seal({ reading, items }: Folded<Item>): void {
    const { source, attribution, countryOf } = this.#deps;
    const [first] = items;
    const { tenant, by } = attribution.tenantOf(reading.place);
    const person = reading.account === undefined ? undefined : attribution.personOf(reading.account);
    const access: Unsealed = {
      id: first.id,
      at: isoOf(reading.at),
      seen_at: isoOf(first.seenAt),
      tenant,
      source,
      class: reading.class,
      action: reading.action,
      outcome: reading.outcome,
      actor: person?.actor,
      account: reading.account,
      actor_kind: person?.kind ?? 'unknown',
      object: reading.object,
      object_kind: reading.object_kind,
      object_to: reading.object_to,
      ip: reading.ip,
      country: countryOf(reading.ip),
      host: reading.host,
      app: reading.app,
      session: reading.session,
      bytes: reading.bytes,
      rows: reading.rows,
      count: items.length,
      reason: reading.reason,
      attributed_by: by,
      records_sha256: recordsDigest(items.map(({ digest }) => digest)),
    };
    this.#sealerOf(tenant).add(
      access,
      items.map(({ raw }) => raw),
    );
  }
}

const isoOf = (at: Instant): string => new Date(at).toISOString();
