/** Gathers what is wrong; one bad byte may spoil every line after it, so the list has an end and the rest a number. */
import { isFault } from '../core/errors.ts';
import type { Problem } from './verify-bag.ts';

const problemsMax = 100;

export function createReport() {
  const problems: Problem[] = [];
  let more = 0;
  function add(problem: Problem): void {
    if (problems.length < problemsMax) problems.push(problem);
    else more += 1;
  }
  return {
    problems,
    add,
    get more(): number {
      return more;
    },
    /** Runs one check; a broken file is a problem of that check and does not stop the others. */
    async guard<T>(file: string, check: () => Promise<T>): Promise<T | undefined> {
      try {
        return await check();
      } catch (error) {
        if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
        add({ file: String(error.about['file'] ?? file), what: error.message });
        return undefined;
      }
    },
  };
}

export type Report = ReturnType<typeof createReport>;

/** What the JSON says if it is an object; `undefined` for any other value and for what is no JSON. */
export function objectOf(text: string | Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
