/** Gathers what is read of each tenant and writes it to the log: a person's questions one by one, a service's once a minute. */
import { createHash } from 'node:crypto';
import type { Log } from '../../core/log.ts';
import { isoOf } from '../../core/time.ts';
import type { TenantId } from '../../core/types.ts';
import type { Heard } from './noted.ts';
import { appendReads, type Reading } from './read-log.ts';
import { currentReader } from './reader.ts';

const personEveryMs = 1_000;
const serviceEveryMs = 60_000;
/** A Cordon that is told to stop still writes what it owes, so this has a limit of its own. */
const writeMsMax = 30_000;
/** Readings that wait to be written, as they do while the disk is full; beyond that a reader's questions about a client are one line. */
export const openMax = 10_000;

type Open = { -readonly [Key in keyof Reading]: Reading[Key] };

const hashOf = (sql: string, params: object): string =>
  createHash('sha256')
    .update(`${sql}\0${JSON.stringify(params)}`)
    .digest('hex');

export class ReadBook implements AsyncDisposable {
  readonly #dataDir: string;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #open = new Map<string, Open>();
  /** Taken out to be written; what fails comes back. */
  #underWay = 0;
  #servicesSince = Date.now();
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDir: string, log: Log) {
    this.#dataDir = dataDir;
    this.#log = log;
    this.#timer = setInterval(() => {
      this.#write(false).catch((error: unknown) => this.#log.error({ err: error }, 'who read what cannot be written'));
    }, personEveryMs).unref();
  }

  /** For the clients of one tenant. */
  heardOf(tenant: TenantId): Heard {
    return (sql, params) => {
      const { who, kind, purpose } = currentReader();
      const query = kind === 'person' ? hashOf(sql, params) : '';
      const own = [who, kind, purpose, tenant, query].join('\0');
      const room = this.#open.has(own) || this.#open.size + this.#underWay < openMax;
      const said = room ? { purpose, query } : { purpose: 'several', query: '' };
      const key = room ? own : [who, kind, said.purpose, tenant, said.query].join('\0');
      const fresh: Open = { at: isoOf(Date.now()), who, kind, tenant, ...said, times: 0, rows: 0 };
      const open = this.#open.get(key) ?? fresh;
      this.#open.set(key, open);
      open.times += 1;
      return (rows) => {
        // Written meanwhile: what still comes of it is a line of its own.
        const still = this.#open.get(key) ?? { ...fresh, times: 1 };
        this.#open.set(key, still);
        still.rows += rows;
      };
    };
  }

  async #write(all: boolean): Promise<void> {
    const now = Date.now();
    const services = all || now - this.#servicesSince >= serviceEveryMs;
    const due = [...this.#open].filter(([, { kind }]) => services || kind === 'person');
    if (services) this.#servicesSince = now;
    if (due.length === 0) return this.#writing;
    for (const [key] of due) this.#open.delete(key);
    const readings = due.map(([, reading]) => reading);
    const before = this.#writing;
    this.#underWay += due.length;
    this.#writing = (async () => {
      await before.catch(() => undefined);
      try {
        await appendReads(this.#dataDir, readings, now, AbortSignal.timeout(writeMsMax));
      } catch (error) {
        // Still owed, in one line with what was read meanwhile of the same.
        for (const [key, reading] of due) {
          const { times = 0, rows = 0 } = this.#open.get(key) ?? {};
          this.#open.set(key, { ...reading, times: reading.times + times, rows: reading.rows + rows });
        }
        throw error;
      } finally {
        this.#underWay -= due.length;
      }
    })();
    return this.#writing;
  }

  /** Throws what `appendReads` throws: a reading that cannot be written down is an error of whoever read. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#write(true);
  }
}
