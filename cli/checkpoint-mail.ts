/** Once a day, to those of a client who asked for it, the client's checkpoints since the last time: by mail, so that a copy is out of the firm's hands. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointLetter } from '../alerts/checkpoint-letter.ts';
import type { Notifier } from '../alerts/notifier.ts';
import { isFault } from '../core/errors.ts';
import type { Instant, TenantId } from '../core/types.ts';
import { writePrivately } from '../core/write-whole.ts';
import { readCheckpoint } from '../evidence/checkpoint.ts';
import type { Store } from '../store/index.ts';
import { checkpointsFrom } from '../store/queries/checkpoints.ts';
import { keptOf, saveKept } from '../store/queries/kept.ts';
import { all } from '../store/query.ts';
import { type Context, landsAlone } from './context.ts';

/** What contacts of the directory are `for`. */
const purpose = 'checkpoints';
/** So that an hourly look comes to the same hour each day. */
const everyMs = 23.5 * 3_600_000;
/** In one message, about a megabyte and a half; more follow the next day. */
const checkpointsMax = 5_000;

/** Of each client, the next checkpoint to mail, and when one was mailed. */
type Mailed = Record<string, { readonly next: number; readonly at: Instant }>;

export class CheckpointMailer {
  readonly #context: Context;
  readonly #store: Store;
  readonly #notifiers: readonly Notifier[];
  readonly #now: () => Instant;
  readonly #file: string;

  constructor(context: Context, store: Store, notifiers: readonly Notifier[], now: () => Instant = Date.now) {
    this.#context = context;
    this.#store = store;
    this.#notifiers = notifiers.filter(({ post }) => post !== undefined);
    this.#now = now;
    this.#file = join(context.config.data, 'checkpoint-mails.json');
  }

  /** Each client whose turn it is, of one a day. What cannot be sent is sent with the next tick. */
  async tick(signal: AbortSignal): Promise<void> {
    const { directory, log } = this.#context;
    const mailed = await this.#mailed(signal);
    for (const { id, name, contacts } of directory.clients.values()) {
      const to = contacts.filter((one) => one.for.includes(purpose)).map(({ mail }) => mail);
      const before = mailed[id] ?? { next: 0, at: Number.NEGATIVE_INFINITY };
      if (to.length === 0 || !this.#store.tenants.includes(id) || this.#now() - before.at < everyMs) continue;
      try {
        const next = await this.#mail({ id, name }, to, before.next, signal);
        if (next === before.next) continue;
        mailed[id] = { next, at: this.#now() };
        await this.#save(mailed, id, signal);
        log.info({ tenant: id, checkpoints: next - before.next, to: to.length }, 'checkpoints mailed');
      } catch (error) {
        if (signal.aborted || !isFault(error)) throw error;
        log.error({ ...error.about, tenant: id, code: error.code }, 'checkpoints are not mailed; tried again later');
      }
    }
  }

  /** Where the next message begins. */
  async #mail(
    client: { readonly id: TenantId; readonly name: string },
    to: readonly string[],
    first: number,
    signal: AbortSignal,
  ): Promise<number> {
    const { firm } = this.#context.directory;
    const found = await all(
      this.#store.client('witness', client.id),
      checkpointsFrom,
      { first, limit: checkpointsMax },
      signal,
    );
    const [oldest, newest] = [found[0], found.at(-1)];
    if (!oldest || !newest) return first;
    const last = readCheckpoint(newest.block).number;
    const letter = checkpointLetter({
      firm: firm.name,
      client,
      to,
      at: this.#now(),
      zone: firm.time_zone,
      first: readCheckpoint(oldest.block).number,
      last,
      lines: found.map(({ block, sig }) => `${JSON.stringify({ block, sig })}\n`).join(''),
    });
    for (const notifier of this.#notifiers) await notifier.post?.(letter, signal);
    return last + 1;
  }

  /** Where several processes may have the duty to mail, the store keeps it, so that the next one knows. */
  async #mailed(signal: AbortSignal): Promise<Mailed> {
    const mailed: Mailed = existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Mailed) : {};
    if (landsAlone(this.#context)) return mailed;
    for (const [tenant, text] of await keptOf(this.#store.firm('read'), 'mailed', signal))
      mailed[tenant] = JSON.parse(text) as Mailed[string];
    return mailed;
  }

  /** A crash before this sends the same message, under the same Message-ID, once more. */
  async #save(mailed: Mailed, tenant: TenantId, signal: AbortSignal): Promise<void> {
    if (!landsAlone(this.#context)) {
      const entry = new Map([[tenant, JSON.stringify(mailed[tenant])]]);
      await saveKept(this.#store.firm('judge'), 'mailed', entry, this.#now(), signal);
      return;
    }
    writePrivately(this.#file, JSON.stringify(mailed));
  }
}
