/**
 * PostgreSQL's stderr log: `log_line_prefix`, then `SEVERITY:  message`. The escapes are those of the server's manual,
 * section 19.8.3 (What To Log); widths (`%-10u`) are allowed for.
 */
import { Fault } from '../../../core/errors.ts';
import type { Instant } from '../../../core/types.ts';
import { pgStamp } from './pg-time.ts';
import { digitsEnd } from './stamp.ts';
import type { Zone } from './zone.ts';

/** What a prefix said; an empty string where it said nothing. */
export interface PgLine {
  at: Instant;
  user: string;
  database: string;
  /** Of the client: name or address, without port. */
  host: string;
  app: string;
  pid: string;
  session: string;
  /** Of the line, within its session. */
  number: string;
  severity: string;
  /** Where the message begins. */
  end: number;
}

type Slot = 'user' | 'database' | 'host' | 'app' | 'pid' | 'session' | 'number';

interface Step {
  /** One letter, or `q`. */
  readonly code: string;
  readonly slot: Slot | undefined;
  /** What must follow; with `padded`, spaces may stand before it. */
  readonly literal: string;
  readonly padded: boolean;
}

const slots: Readonly<Record<string, Slot>> = {
  u: 'user',
  d: 'database',
  h: 'host',
  r: 'host',
  a: 'app',
  p: 'pid',
  c: 'session',
  l: 'number',
};
/** Escapes that write a number, so they end where the digits do. */
const numeric = 'plPxQ';
/** PostgreSQL cuts names at 63 bytes (NAMEDATALEN), hosts at 1,025 (NI_MAXHOST). */
const nameMax = 63;
const hostMax = 1_025;
export const auditMark = 'AUDIT: ';
const known = 'abBcdehiIlLmnpPqQrstuvx';

export class PgPrefix {
  readonly #lead: string;
  readonly #steps: readonly Step[];
  readonly #zone: Zone | undefined;

  constructor(prefix: string, zone: Zone | undefined) {
    this.#zone = zone;
    let lead = '';
    const steps: { code: string; slot: Slot | undefined; literal: string; padded: boolean }[] = [];
    for (let i = 0; i < prefix.length; i += 1) {
      const found = /^%(-?\d*)([a-zA-Z%])/.exec(prefix.slice(i));
      const last = steps.at(-1);
      if (found?.[2] !== undefined && found[2] !== '%') {
        const code = found[2];
        if (!known.includes(code)) throw unusable(`%${code} is no escape of PostgreSQL`);
        steps.push({ code, slot: slots[code], literal: '', padded: found[1] !== '' });
      } else if (last) last.literal += prefix.charAt(i);
      else lead += prefix.charAt(i);
      if (found) i += found[0].length - 1;
    }
    if (!steps.some(({ code }) => 'mtn'.includes(code))) throw unusable('without %m, %t or %n a record has no time');
    if (
      steps.some(
        ({ code, literal }, i) =>
          literal === '' && i < steps.length - 1 && !'qmtns'.includes(code) && !numeric.includes(code),
      )
    ) {
      throw unusable('two escapes side by side cannot be told apart');
    }
    this.#lead = lead;
    this.#steps = steps;
  }

  /** Reads one line; `undefined` when it does not have this prefix. `into` is overwritten. */
  read(text: string, seenAt: Instant, into: PgLine): boolean {
    into.at = Number.NaN;
    into.user = into.database = into.host = into.app = into.pid = into.session = into.number = '';
    if (!text.startsWith(this.#lead)) return false;
    let at = this.#lead.length;
    for (let i = 0; i < this.#steps.length; i += 1) {
      const step = this.#steps[i];
      if (step === undefined) return false;
      // A process that serves no session stops writing at %q.
      if (step.code === 'q' && severityAt(text, at, into)) return !Number.isNaN(into.at);
      at = this.#step(text, at, step, i === this.#steps.length - 1, seenAt, into);
      if (at === -1) return false;
    }
    return severityAt(text, at, into) && !Number.isNaN(into.at);
  }

  #step(text: string, from: number, step: Step, last: boolean, seenAt: Instant, into: PgLine): number {
    const end = this.#valueEnd(text, from, step, last, seenAt, into);
    if (end === -1) return -1;
    let next = end;
    if (step.padded) while (text.charCodeAt(next) === 32 && !text.startsWith(step.literal, next)) next += 1;
    if (!text.startsWith(step.literal, next)) return -1;
    if (step.slot !== undefined) {
      const value = text.slice(from, end).trim();
      if (value !== '[unknown]') into[step.slot] = step.code === 'r' ? value.replace(/\(\d+\)$/, '') : value;
    }
    return next + step.literal.length;
  }

  #valueEnd(text: string, from: number, step: Step, last: boolean, seenAt: Instant, into: PgLine): number {
    const { code, literal } = step;
    if (code === 'q') return from;
    if (code === 'm' || code === 't' || code === 's') {
      const stamp = pgStamp(text, from, this.#zone, seenAt);
      if (Number.isNaN(stamp.at)) return -1;
      if (code !== 's') into.at = stamp.at;
      return stamp.end;
    }
    if (code === 'n') {
      const end = digitsEnd(text, from);
      into.at = Math.trunc(Number(text.slice(from, end)) * 1_000);
      return text.charCodeAt(end) === 46 ? this.#epochFraction(text, from, end, into) : end;
    }
    if (numeric.includes(code)) return digitsEnd(text, from);
    if (!last) return text.indexOf(literal, from);
    return lastValueEnd(text, from, literal, step.slot === 'host' ? hostMax : nameMax, into);
  }

  /** `%n` is seconds with three decimals. */
  #epochFraction(text: string, from: number, dot: number, into: PgLine): number {
    const end = digitsEnd(text, dot + 1);
    into.at = Math.round(Number(text.slice(from, end)) * 1_000);
    return end;
  }
}

/**
 * The last value ends where a severity follows, since it may hold the literal itself. An application names itself, so
 * it could hold a severity too (`x: LOG:  y`) and thereby hide the audit entry that follows: of the places where it
 * may end, one that is followed by an audit entry wins, else the first.
 */
function lastValueEnd(text: string, from: number, literal: string, lengthMax: number, into: PgLine): number {
  let first = -1;
  for (
    let end = text.indexOf(literal, from);
    end !== -1 && end - from <= lengthMax;
    end = text.indexOf(literal, end + 1)
  ) {
    if (!severityAt(text, end + literal.length, into)) {
      if (end >= text.length) break;
      continue;
    }
    // With log_error_verbosity = verbose, five characters of SQLSTATE come first.
    if (text.startsWith(auditMark, into.end) || text.startsWith(`: ${auditMark}`, into.end + 5)) return end;
    if (first === -1) first = end;
  }
  return first;
}

const unusable = (why: string) => new Fault('CONFIG_INVALID', `log_line_prefix cannot be used: ${why}`);

/** `LOG:  ` at `from`: capitals (any script's, since lc_messages translates them), a colon and a space or two. */
function severityAt(text: string, from: number, into: PgLine): boolean {
  if (text.startsWith('LOG:  ', from)) {
    into.severity = 'LOG';
    into.end = from + 6;
    return true;
  }
  const colon = text.indexOf(':', from);
  if (colon < from + 3 || colon > from + 16 || text.charCodeAt(colon + 1) !== 32) return false;
  for (let i = from; i < colon; i += 1) {
    const code = text.charCodeAt(i);
    if (!((code >= 65 && code <= 90) || (code >= 48 && code <= 57 && i > from) || code > 127)) return false;
  }
  into.severity = text.slice(from, colon);
  into.end = colon + (text.charCodeAt(colon + 2) === 32 ? 3 : 2);
  return true;
}
