/** Once a day for each client, its last checkpoint stamped by an authority elsewhere (RFC 3161); and the check of what was stamped. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../core/config.ts';
import { Fault, isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { isoOf } from '../core/time.ts';
import type { Instant, TenantId } from '../core/types.ts';
import { readCheckpoint } from '../evidence/checkpoint.ts';
import type { Ended } from '../evidence/receipt.ts';
import { objectOf } from '../evidence/verify-report.ts';
import { addLines, linesOf } from '../evidence/witness-lines.ts';
import type { Store } from '../store/index.ts';
import { checkpointsFrom, lastCheckpoint } from '../store/queries/checkpoints.ts';
import { lastTimeStamp, saveTimeStamp, type TimeStampRow, timeStamps } from '../store/queries/time-stamps.ts';
import { all } from '../store/query.ts';

/** So that a look every few minutes comes to the same hour each day. */
const everyMs = 23.5 * 3_600_000;
/** Asked for at one look; more follow at the next. */
const requestsMax = 100;
const stampsMax = 100_000;
/** A stamp that much older than its checkpoint says that a clock was wrong. */
const clockMsMax = 3_600_000;

type Stamping = Pick<Config, 'checkpoints'>;

/** The certificates of a PEM file. Throws CONFIG_INVALID when there is none. */
export function certificatesIn(file: string): string[] {
  try {
    const found = readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
    for (const pem of found) new X509Certificate(pem);
    if (found.length > 0) return [...found];
  } catch (cause) {
    throw new Fault('CONFIG_INVALID', `${file} cannot be read as certificates (PEM)`, {}, cause);
  }
  throw new Fault('CONFIG_INVALID', `${file} holds no certificate (PEM)`);
}

const witnessOf = ({ checkpoints: { folder } }: Stamping, tenant: TenantId): string | undefined =>
  folder === undefined ? undefined : join(folder, `${tenant}.stamps.ndjson`);

function witnessed(file: string | undefined): Pick<TimeStampRow, 'number' | 'token'>[] {
  return (file === undefined ? [] : linesOf(file)).flatMap((line) => {
    const { number, token } = objectOf(line) ?? {};
    // A line that a crash cut off states nothing.
    return typeof number === 'number' && typeof token === 'string' ? [{ number, token }] : [];
  });
}

export class TimeStampKeeper {
  readonly #config: Stamping;
  readonly #log: Log;
  readonly #store: Store;
  readonly #now: () => Instant;
  readonly #cas: readonly string[];
  readonly #last = new Map<TenantId, Instant>();

  /** Throws CONFIG_INVALID when the authority's certificate is not there. */
  constructor({ config, log }: { config: Stamping; log: Log }, store: Store, now: () => Instant = Date.now) {
    const { timestamp } = config.checkpoints;
    this.#config = config;
    this.#log = log;
    this.#store = store;
    this.#now = now;
    this.#cas = timestamp === undefined ? [] : certificatesIn(timestamp.ca_file);
  }

  /** Each client whose turn it is. An authority that does not answer, or not rightly, is asked again at the next look. */
  async tick(signal: AbortSignal): Promise<void> {
    if (this.#config.checkpoints.timestamp === undefined) return;
    let left = requestsMax;
    for (const tenant of this.#store.tenants) {
      if (left === 0) return;
      try {
        if (await this.#stamp(tenant, signal)) left -= 1;
      } catch (error) {
        if (signal.aborted || !isFault(error)) throw error;
        this.#log.error({ ...error.about, tenant, fault: error.code, says: error.message }, 'no time stamp');
        return;
      }
    }
  }

  /** False: it is not its turn. */
  async #stamp(tenant: TenantId, signal: AbortSignal): Promise<boolean> {
    const { timestamp } = this.#config.checkpoints;
    const db = this.#store.client('witness', tenant);
    const last = this.#last.get(tenant) ?? (await lastTimeStamp(db, signal))?.at ?? Number.NEGATIVE_INFINITY;
    this.#last.set(tenant, last);
    if (timestamp === undefined || this.#now() - last < everyMs) return false;
    const [checkpoint] = await all(db, lastCheckpoint, {}, signal);
    if (!checkpoint) return false;
    // Loaded by those alone who stamp: it is a large library.
    const { checkTimeStamp, requestTimeStamp } = await import('../evidence/time-stamp.ts');
    const token = await requestTimeStamp({ url: timestamp.url, cas: this.#cas }, checkpoint.block, signal);
    const { at } = await checkTimeStamp(token, checkpoint.block, this.#cas);
    const stamp = { number: readCheckpoint(checkpoint.block).number, at, token: token.toString('base64') };
    await saveTimeStamp(db, stamp, signal);
    this.#last.set(tenant, this.#now());
    await this.#tell(tenant, stamp, signal);
    return true;
  }

  /** A witness that was away gets what it missed with the next stamp. */
  async #tell(tenant: TenantId, stamp: TimeStampRow, signal: AbortSignal): Promise<void> {
    const file = witnessOf(this.#config, tenant);
    const { folder } = this.#config.checkpoints;
    if (file === undefined || !statSync(folder ?? '', { throwIfNoEntry: false })?.isDirectory()) return;
    const known = new Set(witnessed(file).map(({ token }) => token));
    const always = { from: 0, until: stamp.at + 1, limit: stampsMax };
    const kept = await timeStamps(this.#store.client('witness', tenant), always, signal);
    const owed = kept.filter(({ token }) => !known.has(token));
    addLines(
      file,
      owed.map(({ number, token }) => ({ number, token })),
    );
  }
}

export interface StampVerdict {
  /** How many hold. */
  readonly count: number;
  /** Of these the last: when, ISO 8601, and by whom; `undefined`: there is none. */
  readonly last: string | undefined;
  readonly by: string | undefined;
  /** Nobody said whom to believe. */
  readonly unchecked: number;
  readonly problems: readonly string[];
}

/** What was stamped in a range, in the store and at the witness. `cas`: whom to believe (PEM). */
export async function auditStamps(
  {
    store,
    tenant,
    folder,
    cas,
    ended,
  }: { store: Store; tenant: TenantId; folder: string | undefined; cas: readonly string[]; ended: Ended },
  range: { readonly from: Instant; readonly until: Instant; readonly whole: boolean },
  signal: AbortSignal,
): Promise<StampVerdict> {
  const db = store.client('read', tenant);
  const stored = await timeStamps(db, { ...range, limit: stampsMax }, signal);
  const here = new Set(stored.map(({ token }) => token));
  const elsewhere = range.whole
    ? witnessed(witnessOf({ checkpoints: { folder } as Config['checkpoints'] }, tenant))
    : [];
  const endedWith = Math.max(-1, ...ended.checkpoints.keys());
  const missing = elsewhere.filter(({ number, token }) => number > endedWith && !here.has(token));
  const problems = missing.map(
    ({ number }) => `the time stamp of checkpoint ${number} is with the witness, and not in the store`,
  );
  const found = [...stored, ...missing];
  if (cas.length === 0 || found.length === 0)
    return { count: 0, last: undefined, by: undefined, unchecked: found.length, problems };
  const { checkTimeStamp } = await import('../evidence/time-stamp.ts');
  let count = 0;
  let last: { readonly at: Instant; readonly by: string } | undefined;
  for (const { number, token } of found) {
    const [signed] = await all(db, checkpointsFrom, { first: number, limit: 1 }, signal);
    const checkpoint = signed && readCheckpoint(signed.block);
    if (!signed || checkpoint?.number !== number) {
      problems.push(`checkpoint ${number} was stamped, and is not there`);
      continue;
    }
    try {
      const stamp = await checkTimeStamp(Buffer.from(token, 'base64'), signed.block, cas);
      if (stamp.at < Date.parse(checkpoint.at) - clockMsMax)
        problems.push(`checkpoint ${number} says ${checkpoint.at}, and was stamped before that, at ${isoOf(stamp.at)}`);
      count += 1;
      if (!last || stamp.at > last.at) last = stamp;
    } catch (error) {
      if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
      problems.push(`checkpoint ${number}: ${error.message}`);
    }
  }
  return { count, last: last && isoOf(last.at), by: last?.by, unchecked: 0, problems };
}
