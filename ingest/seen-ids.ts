/**
 * The ids that sources have given: two tables of the spool, one for each generation. Before a table is asked, a filter in
 * memory is; it is made of the table when the first question comes, unless that would hold up a start.
 */
import type { AccessId } from '../core/types.ts';
import { copyKey, keyBytes, keysInOrder, writeKey } from './id-keys.ts';
import { KeyFilter } from './key-filter.ts';

export type Generation = 0 | 1;

/** One of the spool's, with keys and values of bytes. */
interface Table {
  doesExist(key: Buffer): boolean;
  putSync(key: Buffer, value: Buffer): void;
  clearSync(): void;
  getKeys(): Iterable<Buffer>;
  /** lmdb's own type of it says nothing. */
  getStats(): { readonly entryCount?: number };
}

/** Two to three seconds. A table with more is asked itself, which takes a microsecond or two a record longer. */
const filteredAtStartMax = 4_000_000;

const nothing = Buffer.alloc(0);

export class SeenIds {
  readonly #tables: readonly [Table, Table];
  readonly #filteredMax: number;
  /** `undefined`: of a table that has none. */
  #filters: [KeyFilter | undefined, KeyFilter | undefined] | undefined;
  /** The key that is asked for or put, of each record: one buffer for all. */
  readonly #key = Buffer.alloc(keyBytes);

  constructor(tables: readonly [Table, Table], filteredMax = filteredAtStartMax) {
    this.#tables = tables;
    this.#filteredMax = filteredMax;
  }

  has(id: AccessId): boolean {
    this.#filters ??= [this.#filterOf(0), this.#filterOf(1)];
    const key = this.#key;
    writeKey(id, key);
    return (
      ((this.#filters[0]?.mayHold(key) ?? true) && this.#tables[0].doesExist(key)) ||
      ((this.#filters[1]?.mayHold(key) ?? true) && this.#tables[1].doesExist(key))
    );
  }

  /** Inside a transaction; `added` when it is committed. */
  put(generation: Generation, keys: Buffer): void {
    const ordered = keysInOrder(keys);
    for (let at = 0; at < ordered.length; at += keyBytes) {
      copyKey(ordered, at, this.#key, 0);
      this.#tables[generation].putSync(this.#key, nothing);
    }
  }

  added(generation: Generation, keys: Buffer): void {
    const filter = this.#filters?.[generation];
    if (filter) for (let at = 0; at < keys.length; at += keyBytes) filter.add(keys, at);
  }

  clear(generation: Generation): void {
    this.#tables[generation].clearSync();
    if (this.#filters) this.#filters[generation] = new KeyFilter();
  }

  #filterOf(generation: Generation): KeyFilter | undefined {
    const table = this.#tables[generation];
    if ((table.getStats().entryCount ?? 0) > this.#filteredMax) return undefined;
    const filter = new KeyFilter();
    for (const key of table.getKeys()) filter.add(key);
    return filter;
  }
}
