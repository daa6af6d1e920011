/** Between a client library that hands over and a loop that takes, one at a time. Its bound is whoever hands over. */
import type { Fault } from '../../core/errors.ts';

/** What has come and was not yet taken, and why no more will come. */
export class Inbox<Item> {
  readonly received: Item[] = [];
  #ended: { readonly fault: Fault | undefined } | undefined;
  #wake: (() => void) | undefined;

  add(one: Item): void {
    this.received.push(one);
    this.#wake?.();
  }

  end(fault: Fault | undefined): void {
    this.#ended ??= { fault };
    this.#wake?.();
  }

  get ended() {
    return this.#ended;
  }

  untilNews(): Promise<void> {
    if (this.received.length > 0 || this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
