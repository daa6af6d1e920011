/**
 * How a source's bytes become records, for imported files and tailed ones alike. A frame is exactly the record's bytes,
 * without the newline that ends it; a carriage return before that newline belongs to the record.
 */

/** Longest record handed on whole. What is longer comes in pieces of this size, each marked torn, so nothing is lost. */
export const recordBytesMax = 4 * 1024 * 1024;

export interface Frame {
  /** A view of the chunk it came in wherever possible: who feeds chunks must not write to them again. */
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
  /** Bytes held back: bytes fed minus this is where a restart must begin, and always the start of a frame. */
  readonly pending: number;
}

export type Framing = (startOffset: number) => Framer;
