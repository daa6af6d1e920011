/** A bounded memory of answers to texts. */

export interface TextCache<V> {
  get(text: string): V | undefined;
  set(text: string, value: V): void;
}

/**
 * Keeps between `max` and 2 × `max` of the texts asked for last: two generations, of which the older is let go when
 * the younger is full. Nearly an LRU at the price of one Map lookup.
 */
export function createTextCache<V extends object | string | number>(max: number): TextCache<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();

  function keep(text: string, value: V): void {
    if (young.size >= max) {
      old = young;
      young = new Map();
    }
    young.set(text, value);
  }

  return {
    get(text) {
      const value = young.get(text);
      if (value !== undefined) return value;
      const older = old.get(text);
      if (older !== undefined) keep(owned(text), older);
      return older;
    },
    set(text, value) {
      keep(owned(text), value);
    },
  };
}

/** A copy: a text cut out of a record would otherwise keep the whole record in memory for as long as it is cached. */
const owned = (text: string): string => Buffer.from(text).toString();
