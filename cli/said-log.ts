/** What people were told, one line a message, durable before the next is sent: `<data>/said.jsonl`. Lines are only added. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Said } from '../alerts/decide.ts';
import type { Instant } from '../core/types.ts';

interface Line extends Omit<Said, 'accesses'> {
  readonly alert: string;
  readonly accesses: readonly string[];
}

export class SaidLog {
  readonly #file: string;
  readonly #said = new Map<string, Said>();

  constructor(dataDir: string) {
    this.#file = join(dataDir, 'said.jsonl');
    const text = existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : '';
    // What follows the last line end is a line that a crash cut short: that message is sent once more, under the same id.
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line === '') continue;
      const { alert, accesses, ...said } = JSON.parse(line) as Line;
      this.#said.set(alert, { ...said, accesses: new Set(accesses) });
    }
  }

  of(alert: string): Said | undefined {
    return this.#said.get(alert);
  }

  /** When anybody was last told anything. */
  get last(): Instant | undefined {
    return [...this.#said.values()].reduce<Instant | undefined>((last, { at }) => Math.max(last ?? at, at), undefined);
  }

  add(alert: string, said: Said): void {
    const line: Line = { alert, ...said, accesses: [...said.accesses] };
    const file = openSync(this.#file, 'a', 0o600);
    try {
      writeSync(file, `${JSON.stringify(line)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#said.set(alert, said);
  }
}
