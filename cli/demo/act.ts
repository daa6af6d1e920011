/** One thing somebody did, before any system wrote it down in its own way. */
import type { Instant } from '../../core/types.ts';

export const sourceNames = ['files-bristol', 'files-boston', 'ledger', 'm365'] as const;
export type SourceName = (typeof sourceNames)[number];

export type Deed = 'open' | 'save' | 'list' | 'download' | 'query' | 'copy-table';

export interface Act {
  readonly at: Instant;
  readonly source: SourceName;
  /** The login as this source knows it. */
  readonly account: string;
  /** Windows names people by this too. */
  readonly sid: string;
  readonly ip: string;
  /** The machine it came from. */
  readonly machine: string;
  readonly deed: Deed;
  /** Folder (a path, a SharePoint site or a database schema) and, unless it is a list, what lies in it. */
  readonly folder: string;
  readonly item: string;
}

export interface Line {
  readonly at: Instant;
  readonly source: SourceName;
  /** What the source wrote, without its line end. Some of the broken ones are no UTF-8. */
  readonly record: string | Buffer;
}
