/** Who is reading, for whatever is asked of the store further down: set once where a verb or a request begins. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Reader {
  /** The operating system's user, a session of the pages, or the service's name. */
  readonly who: string;
  readonly kind: 'person' | 'service';
  /** What the person said, or else what was done: the verb, the page. */
  readonly purpose: string;
}

const current = new AsyncLocalStorage<Reader>();
const nobody: Reader = { who: 'cordon', kind: 'service', purpose: 'unnamed' };

export const readingAs = <Result>(reader: Reader, work: () => Result): Result => current.run(reader, work);

export const currentReader = (): Reader => current.getStore() ?? nobody;
