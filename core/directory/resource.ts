/** Where a client's data lies: one pattern, for the records of one source or of all sources of one collector. */
import { type PlaceKind, placeKinds, type Written } from './schema.ts';

export interface Resource {
  readonly source: string | undefined;
  readonly collector: string | undefined;
  readonly kind: PlaceKind;
  readonly pattern: string;
}

export function resourceOf(written: Written['clients'][number]['resources'][number]): Resource {
  const kind = placeKinds.find((name) => written[name] !== undefined) ?? 'path';
  return { source: written.source, collector: written.collector, kind, pattern: written[kind] ?? '' };
}
