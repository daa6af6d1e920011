/** A replay's own clock: a table `arrived_ms, source, offset, length` that says when each record of a file arrived. */
import { readFileSync } from 'node:fs';
import { Fault } from '../../core/errors.ts';
import type { Instant } from '../../core/types.ts';

const tab = 9;
const newline = 10;

/** When the record at an offset of a source's file arrived; `undefined` for one the table does not name. */
export type Arrivals = (source: string, offset: number) => Instant | undefined;

/** `file` is tab-separated with a header. Throws CONFIG_INVALID naming the line. Read by bytes: such a file has a line for each record. */
export function loadArrivals(file: string): Arrivals {
  const bytes = bytesOf(file);
  const bySource = new Map<string, Map<number, Instant>>();
  let line = 1;
  for (let begin = bytes.indexOf(newline) + 1; begin > 0 && begin < bytes.length; ) {
    line += 1;
    const end = bytes.indexOf(newline, begin);
    const stop = end < 0 ? bytes.length : end;
    const first = bytes.indexOf(tab, begin);
    const second = bytes.indexOf(tab, first + 1);
    const third = bytes.indexOf(tab, second + 1);
    const arrived = wholeNumber(bytes, begin, first);
    const offset = wholeNumber(bytes, second + 1, third);
    if (third < 0 || third > stop || Number.isNaN(arrived) || Number.isNaN(offset)) {
      throw new Fault(
        'CONFIG_INVALID',
        `${file}:${line}: write arrived_ms, source, offset and length, separated by tabs`,
      );
    }
    const source = bytes.toString('latin1', first + 1, second);
    let offsets = bySource.get(source);
    if (!offsets) {
      offsets = new Map();
      bySource.set(source, offsets);
    }
    offsets.set(offset, arrived);
    begin = end < 0 ? bytes.length : end + 1;
  }
  return (source, offset) => bySource.get(source)?.get(offset);
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Fault(
      'CONFIG_INVALID',
      `${file}, which should say when records arrived, cannot be read (${why})`,
      {},
      error,
    );
  }
}

function wholeNumber(bytes: Buffer, begin: number, end: number): number {
  let value = 0;
  for (let at = begin; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return end > begin ? value : Number.NaN;
}
