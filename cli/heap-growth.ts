/**
 * How far the heap may grow between two full collections. What is on its way through a process lies outside the heap, outlives
 * young collections, and is counted all the same. Left alone, V8 goes through a heap of 32 MB for every 30 MB of batches; and
 * where that leaves less than the young generation may hold (32 MB; it was seen at 64), it begins again as soon as it has ended.
 */
import { setFlagsFromString } from 'node:v8';

/** Percent. An edge holds little else than the directory, so that much of it is not much. */
const growth = { collecting: 500, landing: 300 };

export function letHeapGrow(work: keyof typeof growth): void {
  setFlagsFromString(`--heap-growing-percent=${growth[work]}`);
}
