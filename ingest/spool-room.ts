/** Whether a spool may take more: its own limits, and what is left of the disk. */
import { statfsSync } from 'node:fs';
import { Fault } from '../core/errors.ts';

export interface SpoolLimits {
  /** Batches waiting for the bus. */
  readonly waitingBytesMax: number;
  /** Rejects kept for replay. */
  readonly rejectBytesMax: number;
  /** Left free on the disk for everything else that lives there. */
  readonly freeBytesMin: number;
}

export const spoolLimits: SpoolLimits = {
  waitingBytesMax: 4 * 1024 ** 3,
  rejectBytesMax: 1024 ** 3,
  freeBytesMin: 64 * 1024 ** 2,
};

/** A disk with less than this is one that a write just failed on. */
const fullBytesMax = 1024 ** 2;

export class Room {
  readonly #path: string;
  readonly #limits: SpoolLimits;
  readonly #what: string;

  constructor(path: string, limits: SpoolLimits, what = 'the spool') {
    this.#path = path;
    this.#limits = limits;
    this.#what = what;
  }

  /** Throws SPOOL_FULL. `kept`: what is there already. */
  check(
    { batchBytes, rejectBytes }: { readonly batchBytes: number; readonly rejectBytes: number },
    { waitingBytes, rejectBytes: kept }: { readonly waitingBytes: number; readonly rejectBytes: number },
  ): void {
    const { waitingBytesMax, rejectBytesMax, freeBytesMin } = this.#limits;
    const free = this.#free();
    if (free < freeBytesMin + 2 * (batchBytes + rejectBytes))
      throw this.#full('the disk has no room left; free some', { freeBytesMin, free });
    if (batchBytes > 0 && waitingBytes + batchBytes > waitingBytesMax) {
      const about = { waitingBytes, waitingBytesMax };
      throw this.#full('too many batches wait for the bus; see why it does not take them', about);
    }
    if (rejectBytes > 0 && kept + rejectBytes > rejectBytesMax)
      throw this.#full('too many unreadable records are kept; see `cordon rejects`', { kept, rejectBytesMax });
  }

  /** What a failed write says when there was no room. Of one that the disk took only the beginning of, LMDB says that input or output failed. */
  asFull(error: unknown): Fault | undefined {
    const isFull =
      /MDB_MAP_FULL|No space left|ENOSPC/.test(String(error)) ||
      (/Input\/output error/.test(String(error)) && this.#free() < fullBytesMax);
    return isFull ? this.#full('the disk has no room left; free some', {}, error) : undefined;
  }

  #free(): number {
    const { bavail, bsize } = statfsSync(this.#path);
    return bavail * bsize;
  }

  #full(what: string, about: Record<string, number>, cause?: unknown): Fault {
    return new Fault(
      'SPOOL_FULL',
      `${this.#what} in ${this.#path} is full: ${what}. Sources wait; nothing is lost.`,
      about,
      cause,
    );
  }
}
