import type { StoredReject } from '../../core/types.ts';

/** The record of a reject that is kept as it came; `undefined`: it is sealed. */
export const rawOf = (reject: StoredReject | undefined): Buffer | undefined =>
  reject && 'raw' in reject ? reject.raw : undefined;
