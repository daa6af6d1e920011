/**
 * How a source's bytes become records, for imported files and tailed ones alike. A frame is exactly the record's bytes,
 * without the newline that ends it; a carriage return before that newline belongs to the record.
 */

/** Longest record handed on whole. What is longer comes in pieces of this size, each marked torn, so nothing is lost. */
export const recordBytesMax = 4 * 1024 * 1024;

export interface Frame {
  /** A view of the chunk it came in wherever possible: who feeds chunks must not write to them before `keep`. */
  readonly raw: Buffer;
  /** Where in the source `raw` begins. */
  readonly offset: number;
  /** Why this is not a whole record; it is to be handed on as unreadable. */
  readonly torn?: string;
}

export interface Framer {
  /** The next bytes of the source; gives the records they complete. */
  push(chunk: Buffer): Frame[];
  /** The source is quiet for now: gives records that are complete unless more lines follow. A line without its newline waits. */
  idle(): Frame[];
  /** The source has ended for good: gives everything held back, a last line without newline included. */
  end(): Frame[];
  /** Copies what is held back, so that the chunks fed may be written to again once their frames are done with. */
  keep(): void;
  /** Bytes held back: bytes fed minus this is where a restart must begin, and always the start of a frame. */
  readonly pending: number;
}

export type Framing = (startOffset: number) => Framer;

const tooLong = 'the line is longer than a record may be';
const unclosed = 'a quoted column never closes as CSV should';
const newline = Buffer.from('\n');

interface Line extends Frame {
  /** Where the next line begins. */
  readonly next: number;
}

/** Cuts at newlines; the ground of the other kinds. */
class LineFramer implements Framer {
  #parts: Buffer[] = [];
  #held = 0;
  /** Where the bytes held back begin. */
  #offset: number;
  /** Part of this line was already handed on as torn, so its rest is torn too. */
  #torn = false;

  constructor(startOffset: number) {
    this.#offset = startOffset;
  }

  get pending(): number {
    return this.#held;
  }

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      const rest = chunk.subarray(from, at);
      from = at + 1;
      this.#close(this.#held === 0 ? rest : Buffer.concat([...this.#parts, rest]), 1, lines);
    }
    if (from < chunk.length) {
      this.#parts.push(from === 0 ? chunk : chunk.subarray(from));
      this.#held += chunk.length - from;
      if (this.#held > recordBytesMax) this.#shed(lines);
    }
    return lines;
  }

  idle(): Line[] {
    return [];
  }

  end(): Line[] {
    const lines: Line[] = [];
    if (this.#held > 0) this.#close(Buffer.concat(this.#parts), 0, lines);
    return lines;
  }

  keep(): void {
    if (this.#held > 0) this.#parts = [Buffer.concat(this.#parts)];
  }

  /** A line is whole: `raw` is all of it, the newline is `newlineBytes` more. */
  #close(raw: Buffer, newlineBytes: number, lines: Line[]): void {
    this.#parts = [];
    this.#held = 0;
    const rest = raw.length > recordBytesMax ? this.#pieces(raw, lines) : raw;
    const line = { raw: rest, offset: this.#offset, next: this.#offset + rest.length + newlineBytes };
    lines.push(this.#torn ? { ...line, torn: tooLong } : line);
    this.#offset = line.next;
    this.#torn = false;
  }

  /** More is held than a record may have: hand on what fills whole pieces. */
  #shed(lines: Line[]): void {
    const rest = this.#pieces(Buffer.concat(this.#parts), lines);
    this.#parts = [rest];
    this.#held = rest.length;
  }

  #pieces(raw: Buffer, lines: Line[]): Buffer {
    let from = 0;
    for (; raw.length - from > recordBytesMax; from += recordBytesMax) {
      const piece = raw.subarray(from, from + recordBytesMax);
      lines.push({ raw: piece, offset: this.#offset, next: this.#offset + recordBytesMax, torn: tooLong });
      this.#offset += recordBytesMax;
    }
    this.#torn = true;
    return raw.subarray(from);
  }
}

/** Several lines as the one record they are, with the newlines between them. */
function join(lines: readonly Line[]): Frame | undefined {
  const [first] = lines;
  if (first === undefined || lines.length === 1) return first;
  const parts = lines.flatMap(({ raw }, index) => (index === 0 ? [raw] : [newline, raw]));
  return { raw: Buffer.concat(parts), offset: first.offset };
}

const copiesOf = (held: readonly Line[]): Line[] => held.map((line) => ({ ...line, raw: Buffer.from(line.raw) }));

const spanOf = (held: readonly Line[]) => (held.at(-1)?.next ?? 0) - (held[0]?.offset ?? 0);

/** A line that begins with a tab belongs to the record before it: PostgreSQL's stderr log writes every further line so. */
class TabFramer implements Framer {
  readonly #lines: LineFramer;
  #held: Line[] = [];

  constructor(startOffset: number) {
    this.#lines = new LineFramer(startOffset);
  }

  get pending(): number {
    return this.#lines.pending + spanOf(this.#held);
  }

  push(chunk: Buffer): Frame[] {
    return this.#group(this.#lines.push(chunk));
  }

  keep(): void {
    this.#lines.keep();
    this.#held = copiesOf(this.#held);
  }

  idle(): Frame[] {
    return this.#release();
  }

  end(): Frame[] {
    return [...this.#group(this.#lines.end()), ...this.#release()];
  }

  #group(lines: readonly Line[]): Frame[] {
    const frames: Frame[] = [];
    for (const line of lines) {
      const more = line.raw[0] === 9 && this.#held.length > 0 && line.torn === undefined;
      if (!more || spanOf(this.#held) + line.raw.length > recordBytesMax) frames.push(...this.#release());
      if (line.torn === undefined) this.#held.push(line);
      else frames.push(line);
    }
    return frames;
  }

  #release(): Frame[] {
    const whole = join(this.#held);
    this.#held = [];
    return whole ? [whole] : [];
  }
}

/** Columns a csvlog record may have: PostgreSQL before 9.0 and cut logs, 9.0 to 12, 13, 14 and later. */
export const csvlogColumns: ReadonlySet<number> = new Set([14, 23, 24, 26]);

type CsvState = 'begin' | 'plain' | 'quoted' | 'quote' | 'broken';

/** Follows CSV's rules over lines fed one after the other; only records of several lines pay for it. */
class CsvWatch {
  state: CsvState = 'begin';
  columns = 1;

  feed(raw: Buffer): void {
    if (this.state !== 'begin') this.#step(10);
    for (let i = 0; i < raw.length && this.state !== 'broken'; i += 1) this.#step(raw[i] ?? 0);
  }

  get whole(): boolean {
    return this.state !== 'quoted' && this.state !== 'broken' && csvlogColumns.has(this.columns);
  }

  #step(byte: number): void {
    if (this.state === 'quoted') {
      if (byte === 34) this.state = 'quote';
    } else if (byte === 44) {
      this.columns += 1;
      this.state = 'begin';
    } else if (byte === 34) {
      // After a quote it is a doubled one; at a column's begin it opens; inside a plain column it may not be.
      this.state = this.state === 'plain' ? 'broken' : 'quoted';
    } else if (this.state === 'quote') {
      if (byte !== 13) this.state = 'broken';
    } else this.state = 'plain';
  }
}

/**
 * PostgreSQL csvlog, where a quoted column may hold newlines. A record cut short inside quotes must not swallow the
 * good ones after it: as soon as the lines taken together break CSV or have a number of columns that no version
 * writes, the first alone is torn and the others are read again from their own beginnings.
 */
class CsvFramer implements Framer {
  readonly #lines: LineFramer;
  #held: Line[] = [];
  #watch = new CsvWatch();

  constructor(startOffset: number) {
    this.#lines = new LineFramer(startOffset);
  }

  get pending(): number {
    return this.#lines.pending + spanOf(this.#held);
  }

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    for (const line of this.#lines.push(chunk)) this.#take(line, frames);
    return frames;
  }

  keep(): void {
    this.#lines.keep();
    this.#held = copiesOf(this.#held);
  }

  idle(): Frame[] {
    return [];
  }

  end(): Frame[] {
    const frames: Frame[] = [];
    for (const line of this.#lines.end()) this.#take(line, frames);
    while (this.#held.length > 0) this.#tear(frames);
    return frames;
  }

  #take(line: Line, frames: Frame[]): void {
    if (this.#held.length === 0) {
      if (line.torn !== undefined || evenQuotes(line.raw)) {
        frames.push(line);
        return;
      }
    } else if (line.torn !== undefined || spanOf(this.#held) + line.raw.length > recordBytesMax) {
      this.#tear(frames);
      this.#take(line, frames);
      return;
    }
    this.#held.push(line);
    this.#watch.feed(line.raw);
    if (this.#watch.state === 'quoted') return;
    const whole = this.#watch.whole ? join(this.#held) : undefined;
    if (whole) {
      frames.push(whole);
      this.#forget();
    } else this.#tear(frames);
  }

  /** Hands on the first line held as torn, and starts over with the others. */
  #tear(frames: Frame[]): void {
    const [first, ...others] = this.#held;
    this.#forget();
    if (first) frames.push({ raw: first.raw, offset: first.offset, torn: unclosed });
    for (const line of others) this.#take(line, frames);
  }

  #forget(): void {
    this.#held = [];
    this.#watch = new CsvWatch();
  }
}

function evenQuotes(raw: Buffer): boolean {
  let even = true;
  for (let at = raw.indexOf(34); at !== -1; at = raw.indexOf(34, at + 1)) even = !even;
  return even;
}

/** One line, one record. */
export const lines: Framing = (startOffset) => new LineFramer(startOffset);
/** A record is a line and the lines after it that begin with a tab. */
export const tabContinued: Framing = (startOffset) => new TabFramer(startOffset);
/** A record is a CSV row of PostgreSQL's csvlog. */
export const csvlog: Framing = (startOffset) => new CsvFramer(startOffset);
