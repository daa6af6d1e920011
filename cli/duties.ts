/**
 * Duties that one process alone may have: to judge, and to tell people. Several may be started with them; one has each, the others wait
 * and look. A term lasts seconds and is numbered; the store takes each number once, so of two that want it one comes second
 * and sees it, and the store's clock alone says when a term is over. docs/decisions/0023 says what a process that sleeps may do.
 */
import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Store } from '../store/index.ts';
import { lastTerm, saveTerm } from '../store/queries/terms.ts';
import { all } from '../store/query.ts';

export const duties = ['judge', 'alert'] as const;
export type Duty = (typeof duties)[number];

const termSeconds = 15;
/** How often it is looked, and a term renewed. */
const everyMs = 4_000;
/** So much before its end a term counts as over for whoever has it. */
const marginMs = 3_000;

/** Whose terms they are: this folder on this machine, since its boot. A process that is started again there goes on with its own. */
export function holderOf(dataDir: string): string {
  const { dev, ino } = statSync(dataDir);
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return hash('sha256', [hostname(), boot, dev, ino].join('\0'), 'hex').slice(0, 16);
}

interface Held {
  readonly number: number;
  /** By this process's own steady clock. */
  readonly untilMs: number;
}

export class Duties {
  readonly #store: Store;
  readonly #holder: string;
  readonly #log: Log;
  readonly #wanted: readonly Duty[];
  readonly #held = new Map<Duty, Held>();

  constructor(store: Store, options: { wanted: readonly Duty[]; holder: string; log: Log }) {
    this.#store = store;
    this.#wanted = options.wanted;
    this.#holder = options.holder;
    this.#log = options.log;
  }

  has(duty: Duty): boolean {
    return (this.#held.get(duty)?.untilMs ?? 0) > performance.now();
  }

  /** Looks at each wanted duty once: renews what is held, takes what is free. */
  async look(signal: AbortSignal): Promise<void> {
    for (const duty of this.#wanted) {
      const had = this.has(duty);
      try {
        await this.#look(duty, signal);
      } catch (error) {
        if (signal.aborted || !isFault(error) || !error.retry) throw error;
        this.#log.warn({ ...error.about, duty, code: error.code }, 'the store does not say who has a duty');
      }
      if (this.has(duty) !== had)
        this.#log.info({ duty }, had ? 'another process has this duty now' : 'this process has this duty');
    }
  }

  /** Until the signal is aborted; then gives up what is held, so that the next one need not wait. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.look(signal).catch((error: unknown) => stopped(error, signal));
    }
  }

  /** A term of no length, after the one that is held. */
  async giveUp(signal: AbortSignal): Promise<void> {
    for (const [duty, { number }] of this.#held) {
      this.#held.delete(duty);
      await saveTerm(this.#store.firm('judge'), { duty, number: number + 1, holder: this.#holder, seconds: 0 }, signal);
    }
  }

  async #look(duty: Duty, signal: AbortSignal): Promise<void> {
    const db = this.#store.firm('judge');
    const terms = await all(db, lastTerm, { duty }, signal);
    const isFree = terms.every(({ holder, leftMs }) => holder === this.#holder || leftMs <= 0);
    if (!isFree) {
      this.#held.delete(duty);
      return;
    }
    const number = (terms[0]?.number ?? 0) + 1;
    const begunMs = performance.now();
    await saveTerm(db, { duty, number, holder: this.#holder, seconds: termSeconds }, signal);
    const [own, ...others] = await all(db, lastTerm, { duty }, signal);
    const isOurs = own?.number === number && own.holder === this.#holder && others.length === 0;
    if (isOurs) this.#held.set(duty, { number, untilMs: begunMs + termSeconds * 1_000 - marginMs });
    else this.#held.delete(duty);
  }
}

function stopped(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) throw error;
}
