/** What a collector is: the parser of one native format. How bytes arrive is a source's business, and separate. */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Instant, Reading, Serial } from '../core/types.ts';
import type { Framing } from './frame.ts';

/** What a source's configuration says about its format. A collector reads only the settings its docs name. */
export interface CollectorSettings {
  /** IANA name, for stamps that carry no zone. Absent: UTC. */
  readonly timeZone: string | undefined;
  /** PostgreSQL's `log_line_prefix`, to the letter. Absent: the log is csvlog. */
  readonly logLinePrefix: string | undefined;
  /** Samba's `full_audit:prefix`, to the letter. Absent: `%u|%I|%m|%S`. */
  readonly prefix: string | undefined;
}

export const noSettings: CollectorSettings = { timeZone: undefined, logLinePrefix: undefined, prefix: undefined };

/** A record that was not understood. The reason is one short sentence without anything of the record's content. */
export class Unreadable {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A record of no interest that its platform numbered: what was left out by us is not missing. */
export class Ignored {
  readonly serial: Serial;
  /** Undefined: it says no time. */
  readonly at: Instant | undefined;
  constructor(serial: Serial, at: Instant | undefined) {
    this.serial = serial;
    this.at = at;
  }
}

/** A reading; `undefined` or `Ignored` for a record of no interest; `Unreadable` for one that was not understood. */
export type Parsed = Reading | Ignored | Unreadable | undefined;

export const isReading = (parsed: Parsed): parsed is Reading =>
  parsed !== undefined && !(parsed instanceof Ignored) && !(parsed instanceof Unreadable);

export interface Parser {
  /**
   * Pure: text in, the same answer for the same `seenAt` always; never throws. `seenAt` only gives a year to stamps
   * that have none: the nearest year that puts them not more than two days after it. A stamp that is a date is
   * believed, even ten years ahead (the pipeline flags the future); one that is no date makes the record unreadable.
   */
  readonly parse: (record: string, seenAt: Instant) => Parsed;
}

export interface Collector {
  readonly name: string;
  /** One sentence for `cordon collectors`. */
  readonly summary: string;
  /** The vendor's own page of the format. */
  readonly docs: string;
  /** Object names of this platform compare without case. */
  readonly caseless: boolean;
  /** How its bytes are cut into records. */
  readonly framing: (settings: CollectorSettings) => Framing;
  /** Throws a Fault (CONFIG_INVALID) when a setting cannot be used. */
  readonly open: (settings: CollectorSettings) => Parser;
}

const blank = new Unreadable('the record is blank');
const nul = new Unreadable('the record holds a NUL byte');
const notUtf8 = new Unreadable('the record is not UTF-8');
const beyondTime = new Unreadable('the time of the record is outside 1970 to 2299');

/** What the store can hold, and what no clock that is merely wrong shows: ClickHouse's DateTime64 ends with 2299. */
const latest = Date.UTC(2300, 0, 1);

/** The text of one record, without a byte order mark; or why it has none. */
export function decode(raw: Buffer): string | Unreadable {
  // ASCII is the common case, and latin1 is its cheapest decoder.
  const ascii = isAscii(raw);
  if (!ascii && !isUtf8(raw)) return raw.includes(0) ? nul : notUtf8;
  let text = ascii ? raw.toString('latin1') : raw.toString('utf8');
  if (text.includes('\0')) return nul;
  if (!ascii && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  const first = text.charCodeAt(0);
  if (!(first > 32) && text.trim() === '') return blank;
  return text;
}

/** One record's bytes to what the collector makes of them. */
export function read(parser: Parser, raw: Buffer, seenAt: Instant): Parsed {
  const text = decode(raw);
  if (typeof text !== 'string') return text;
  const parsed = parser.parse(text, seenAt);
  // One record out of range would make the store refuse the whole batch it lies in.
  return isReading(parsed) && !(parsed.at >= 0 && parsed.at < latest) ? beyondTime : parsed;
}
