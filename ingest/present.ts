/**
 * What of a merge the store has already. An insert carries a token, but a server that dies forgets the tokens of its
 * last inserts (its log of them is not on an encrypted disk before it is full), and of one insert the part of one month
 * may be there and that of another not. So before an insert is repeated, the store is asked, row by row.
 */
import type { BatchHeader } from '../core/types.ts';

/** Batches by `collector/seq`, accesses by `collector/seq/index`. */
export interface Present {
  readonly batches: ReadonlySet<string>;
  readonly accesses: ReadonlySet<string>;
}

export const nothingPresent: Present = { batches: new Set(), accesses: new Set() };

const nameOf = ({ collector, seq }: Pick<BatchHeader, 'collector' | 'seq'>): string => `${collector}/${seq}`;

export const isPresent = (header: BatchHeader, { batches }: Present): boolean => batches.has(nameOf(header));

/** The lines of a batch whose accesses are not there, in their order. */
export function missingLines(header: BatchHeader, lines: Buffer, { accesses }: Present): Buffer[] {
  if (accesses.size === 0) return [lines];
  const missing: Buffer[] = [];
  let begin = 0;
  for (let index = 0; begin < lines.length; index += 1) {
    const end = lines.indexOf(10, begin) + 1 || lines.length;
    if (!accesses.has(`${nameOf(header)}/${index}`)) missing.push(lines.subarray(begin, end));
    begin = end;
  }
  return missing;
}
