/**
 * The client library makes an object of a message's headers by copying it once for each header. Whoever may write to one
 * client's topic could so hold up the landing of all: a megabyte of headers takes minutes, 16 take for ever. No message of
 * ours has more than a few, so what lies behind these is not read; nothing of a message comes behind its headers.
 */

/** Of the library's `protocol/decoder`, what is replaced and what that uses. */
export interface Decoder {
  readVarInt(): number;
  /** Headers are the only thing that the library reads so. */
  readVarIntArray<T>(reader: (decoder: this) => T): T[];
}

/** A batch has thirteen, as a dead letter fifteen. */
export const headersMax = 64;

function readVarIntArray<T>(this: Decoder, reader: (decoder: Decoder) => T): T[] {
  const length = Math.min(this.readVarInt(), headersMax);
  const found: T[] = [];
  while (found.length < length) found.push(reader(this));
  return found;
}

export function boundHeaders(library: { readonly prototype: Decoder }): void {
  library.prototype.readVarIntArray = readVarIntArray as Decoder['readVarIntArray'];
}
