/**
 * What people were told, durable before the next message is sent: one line each in `<data>/said.jsonl`, to which lines are only added;
 * where several processes may tell, in the store, so that the next one knows.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Said } from '../alerts/decide.ts';
import type { Instant } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { keptOf, saveKept } from '../store/queries/kept.ts';

interface Line extends Omit<Said, 'accesses'> {
  readonly alert: string;
  readonly accesses: readonly string[];
}

export interface SaidBook {
  of(alert: string): Said | undefined;
  /** Durable when it resolves. */
  add(alert: string, said: Said, signal: AbortSignal): Promise<void>;
  /** Called when the duty to tell was another's before. */
  refresh(signal: AbortSignal): Promise<void>;
}

const textOf = (said: Said): string => JSON.stringify({ ...said, accesses: [...said.accesses] });

function saidIn({ accesses, ...said }: Omit<Line, 'alert'>): Said {
  return { ...said, accesses: new Set(accesses) };
}

export class StoredSaid implements SaidBook {
  readonly #store: Store;
  readonly #said = new Map<string, Said>();
  /** What this data folder said before the store kept it. */
  readonly #before: SaidLog;

  constructor(store: Store, before: SaidLog) {
    this.#store = store;
    this.#before = before;
  }

  of(alert: string): Said | undefined {
    return this.#said.get(alert) ?? this.#before.of(alert);
  }

  async add(alert: string, said: Said, signal: AbortSignal): Promise<void> {
    await saveKept(this.#store.firm('judge'), 'said', new Map([[alert, textOf(said)]]), Date.now(), signal);
    this.#said.set(alert, said);
  }

  async refresh(signal: AbortSignal): Promise<void> {
    const kept = await keptOf(this.#store.firm('read'), 'said', signal);
    for (const [alert, text] of kept) this.#said.set(alert, saidIn(JSON.parse(text) as Omit<Line, 'alert'>));
  }
}

export class SaidLog implements SaidBook {
  readonly #file: string;
  readonly #said = new Map<string, Said>();

  constructor(dataDir: string) {
    this.#file = join(dataDir, 'said.jsonl');
    const text = existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : '';
    // What follows the last line end is a line that a crash cut short: that message is sent once more, under the same id.
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line === '') continue;
      const { alert, ...said } = JSON.parse(line) as Line;
      this.#said.set(alert, saidIn(said));
    }
  }

  of(alert: string): Said | undefined {
    return this.#said.get(alert);
  }

  /** When anybody was last told anything. */
  get last(): Instant | undefined {
    return [...this.#said.values()].reduce<Instant | undefined>((last, { at }) => Math.max(last ?? at, at), undefined);
  }

  async refresh(): Promise<void> {}

  async add(alert: string, said: Said): Promise<void> {
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
