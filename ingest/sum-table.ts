/** A table of small values, each with its own sum, so that one that the disk changed is known when it is read. */
import { readSumText, sumText } from './spool-entry.ts';

interface Texts<Key> {
  get(key: Key): string | undefined;
  putSync(key: Key, text: string): unknown;
  removeSync(key: Key): unknown;
  getKeys(): Iterable<Key>;
}

export class SumTable<Key, Given> {
  readonly #texts: Texts<Key>;
  readonly #broken: () => Error;

  /** `broken`: what is thrown for a value that is not what was written. */
  constructor(texts: Texts<Key>, broken: () => Error) {
    this.#texts = texts;
    this.#broken = broken;
  }

  get(key: Key): Given | undefined {
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    const given = readSumText<Given>(text);
    if (given === undefined) throw this.#broken();
    return given;
  }

  put(key: Key, given: Given): void {
    this.#texts.putSync(key, sumText(given));
  }

  change(put: Iterable<readonly [Key, Given]>, drop: Iterable<Key>): void {
    for (const [key, given] of put) this.put(key, given);
    for (const key of drop) this.#texts.removeSync(key);
  }

  *all(): Generator<readonly [Key, Given]> {
    for (const key of this.#texts.getKeys()) {
      const given = this.get(key);
      if (given !== undefined) yield [key, given];
    }
  }
}
