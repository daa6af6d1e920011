/**
 * How far each source's checkpoints are confirmed: everything read up to there has been acknowledged by the bus. Pure.
 * Where the spool is lost, reading goes on from here.
 */

/** Beyond this, every second one is forgotten: then a confirmation comes later, never too early. */
const openMax = 1_024;

interface Open {
  readonly name: string;
  readonly place: string;
  /** Its batches lie before this place of the queue. */
  readonly end: number;
}

export class Confirmations {
  #open: Open[] = [];
  readonly confirmed: Record<string, string>;

  constructor(confirmed: Readonly<Record<string, string>>) {
    this.confirmed = { ...confirmed };
  }

  add({ name, place }: { readonly name: string; readonly place: string }, end: number): void {
    this.#open.push({ name, place, end });
    const { length } = this.#open;
    // The last one stays.
    if (length > openMax) this.#open = this.#open.filter((_, index) => (length - index) % 2 === 1);
  }

  /** `lowest`: the first place of the queue that still waits. Gives those that are news. */
  upTo(lowest: number): Record<string, string> {
    const news: Record<string, string> = {};
    let done = 0;
    for (const { name, place, end } of this.#open) {
      if (end > lowest) break;
      news[name] = place;
      done += 1;
    }
    this.#open.splice(0, done);
    return Object.assign(this.confirmed, news) && news;
  }
}
