/** The nouns of the product. This file imports nothing; every folder may import it. */

/** A string that only its own parser may mint, so a tenant id can never be passed where an actor id belongs. */
type Id<Kind extends string> = string & { readonly __kind: Kind };

/** One client of the firm; also its topic and the stem of its database: `[a-z][a-z0-9_]{0,40}`, or `_unattributed`. */
export type TenantId = Id<'tenant'>;
/** A person or service of the directory. */
export type ActorId = Id<'actor'>;
/** 32 hex digits, minted by `mintId`. */
export type AccessId = Id<'access'>;

export const tenantId = (text: string) => text as TenantId;
export const actorId = (text: string) => text as ActorId;
export const accessId = (text: string) => text as AccessId;

/** Where an access goes that matches no client, or more than one. Counted, never dropped, never guessed. */
export const unattributed = tenantId('_unattributed');

/** Milliseconds since the epoch, UTC. Durations carry their unit in the name instead: `windowMs`. */
export type Instant = number;

export const accessClasses = ['file', 'database', 'collaboration', 'identity', 'admin'] as const;
export type AccessClass = (typeof accessClasses)[number];

export const actions = [
  'list',
  'read',
  'download',
  'copy',
  'print',
  'write',
  'create',
  'delete',
  'rename',
  'share',
  'unshare',
  'search',
  'query',
  'export',
  'login',
  'logout',
  'grant',
  'revoke',
  'configure',
  'audit_change',
] as const;
export type Action = (typeof actions)[number];

export const outcomes = ['success', 'denied', 'failure'] as const;
export type Outcome = (typeof outcomes)[number];

export type ActorKind = 'person' | 'service' | 'unknown';

/**
 * One human or machine act on one object of one tenant, normalised: the NDJSON line, the ClickHouse row and the
 * bundle's line are this. Unknown is absent, never an invented value. The raw records lie in the sealed batch at
 * (`collector`, `seq`, `index`).
 */
export interface Access {
  readonly id: AccessId;
  /** When it happened: ISO 8601, UTC, milliseconds, `Z`. */
  readonly at: string;
  /** When the collector saw it, same form. */
  readonly seen_at: string;
  readonly tenant: TenantId;
  /** The configured name of the source. */
  readonly source: string;
  readonly class: AccessClass;
  readonly action: Action;
  readonly outcome: Outcome;
  readonly actor?: ActorId | undefined;
  readonly account?: string | undefined;
  readonly actor_kind: ActorKind;
  readonly object?: string | undefined;
  readonly object_kind?: string | undefined;
  /** The target of a rename, copy or share. */
  readonly object_to?: string | undefined;
  readonly ip?: string | undefined;
  readonly country?: string | undefined;
  readonly host?: string | undefined;
  readonly app?: string | undefined;
  readonly session?: string | undefined;
  readonly bytes?: number | undefined;
  readonly rows?: number | undefined;
  /** Native records folded into this access. */
  readonly count: number;
  /** Ticket or matter the source itself recorded. */
  readonly reason?: string | undefined;
  /** Records of the same source that its platform numbered and that never came, noticed since the last access; nearly always absent. */
  readonly missing_before?: readonly MissingRecords[] | undefined;
  /** Which rule of the directory named the tenant, e.g. `path`, `schema`, `site`, `alias`; `none` or `ambiguous` if unattributed. */
  readonly attributed_by: string;
  /** One record: SHA-256 of its bytes. Several: SHA-256 of the concatenation of their SHA-256 digests. Hex. */
  readonly records_sha256: string;
  readonly collector: string;
  readonly seq: number;
  readonly index: number;
}

/** A hole in the numbers that a platform gives its own records, or several of one series that lie within an hour. */
export interface MissingRecords {
  /** What is numbered: a machine's log, or one session of it. */
  readonly series: string;
  /** How many numbers never came. */
  readonly missing: number;
  /** They lie between these two, which came. */
  readonly after: number;
  readonly before: number;
  /** When those two were written, by the platform's clock: ISO 8601, UTC. */
  readonly from: string;
  readonly until: string;
  /** The longest hole that is usual in that log; 0: its numbers have none. */
  readonly usual: number;
}

/** A platform's own number of a record: within one series, each is one more than the one before. */
export interface Serial {
  /** A machine's log. What is usual in one is usual in all its sessions. */
  readonly log: string;
  /** Absent: the whole log is one series. */
  readonly session?: string | undefined;
  readonly number: number;
}

/**
 * What a collector makes of one record: an access without what the pipeline adds. `place` is what attribution looks
 * at; its keys are those of a client's resource in the directory.
 */
export interface Reading {
  readonly at: Instant;
  readonly class: AccessClass;
  readonly action: Action;
  readonly outcome: Outcome;
  readonly account: string | undefined;
  readonly object: string | undefined;
  readonly object_kind: string | undefined;
  readonly object_to: string | undefined;
  readonly ip: string | undefined;
  readonly host: string | undefined;
  readonly app: string | undefined;
  readonly session: string | undefined;
  readonly bytes: number | undefined;
  readonly rows: number | undefined;
  readonly reason: string | undefined;
  readonly place: Place;
  /** The platform's own record id, when it has one that a replay repeats. */
  readonly record: string | undefined;
  readonly serial?: Serial | undefined;
  /** Records of one human act share this; `undefined` never folds. */
  readonly fold: string | undefined;
}

/** Where an object lies, in the words of the directory's `resources`. */
export interface Place {
  readonly path?: string | undefined;
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly site?: string | undefined;
  readonly drive?: string | undefined;
  readonly channel?: string | undefined;
  readonly workspace?: string | undefined;
  readonly mailbox?: string | undefined;
  readonly group?: string | undefined;
}

/** A record no collector could read. It is kept: a log format that changed must show up as a number, not as silence. */
export interface Reject {
  readonly source: string;
  /** File and byte offset, or whatever the source calls a place. */
  readonly position: string;
  readonly reason: string;
  readonly raw: Buffer;
  readonly seenAt: Instant;
}

/** A reject whose record only the holder of a private half can read. */
export interface SealedReject extends Omit<Reject, 'raw'> {
  /** What the spool remembers the record by, so that it is not kept twice. */
  readonly id: AccessId;
  /** Which private half: the id of its public one, 16 hex digits. */
  readonly key: string;
  /** How many the record has. */
  readonly bytes: number;
  /** The record as ingest/reject-seal.ts encrypts it. */
  readonly box: Buffer;
}

export type StoredReject = Reject | SealedReject;

/** The header block of one sealed batch: docs/formats.md section 1. All values ASCII. */
export interface BatchHeader {
  readonly v: 1;
  readonly collector: string;
  readonly tenant: TenantId;
  /** From 0, without gap, per stream (collector, tenant). */
  readonly seq: number;
  /** Accesses in the batch. */
  readonly count: number;
  /** The earliest and latest `at` in the batch, ISO 8601. */
  readonly from: string;
  readonly until: string;
  /** Merkle root over the access lines, hex. */
  readonly root: string;
  /** SHA-256 of the previous batch's header block, hex; 64 zeros for seq 0. */
  readonly prev: string;
  /** How each section is compressed. */
  readonly codec: 'br';
  /** Bytes of the two compressed sections. */
  readonly lengths: readonly [accesses: number, records: number];
  /** The wrapped data key that encrypts the value, `SCHEME:…`; `none`: the value is not encrypted. */
  readonly key: string;
}

export interface SealedBatch {
  readonly header: BatchHeader;
  /** Ed25519 over the canonical header block, base64. */
  readonly sig: string;
  /** Batch salt (32 bytes), compressed access lines, compressed raw records; encrypted unless `key` is `none`. */
  readonly value: Buffer;
}

/** A batch after its value was decrypted (core/envelope.ts): only from here on can it be read. */
export interface OpenedBatch extends Omit<SealedBatch, 'value'> {
  readonly content: Buffer;
}
