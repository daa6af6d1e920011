/** The list of collectors: one line each. */
import type { Collector } from '../collector.ts';

export const collectors: readonly Collector[] = [];
