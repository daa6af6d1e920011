export interface Problem {
  readonly level: 'error' | 'warning';
  /** Leaves no meaning, so the directory cannot be loaded. */
  readonly fatal: boolean;
  readonly where: string;
  readonly message: string;
}

import type { Listing } from './directory.ts';
export function checkListing(_l: Listing): Problem[] {
  return [];
}
