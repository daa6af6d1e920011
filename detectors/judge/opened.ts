/** When somebody last opened each object of a client. Names are kept as numbers; robots do not count. */
import type { JudgedAccess } from '../../core/scene.ts';

const idleDays = 30;
const keepDays = 120;

export class Opened {
  private readonly last = new Map<number, number>();
  private since: number | undefined;

  /** Distinct objects that nobody opened for 30 days or more; 0 while less than that is known. */
  idleAmong(accesses: readonly JudgedAccess[], day: number): number {
    if (this.since === undefined || day - this.since < idleDays) return 0;
    const idle = new Set<number>();
    for (const { object, outcome } of accesses) {
      if (object === undefined || outcome !== 'success') continue;
      const key = numberOf(object);
      const last = this.last.get(key);
      // Never seen is new as a rule, not old.
      if (last !== undefined && day - last >= idleDays) idle.add(key);
    }
    return idle.size;
  }

  /** Opened by people that day, as numbers. */
  learn(objects: readonly number[], day: number): void {
    this.since ??= day;
    for (const key of objects) this.last.set(key, day);
  }

  forget(day: number): void {
    for (const [key, last] of this.last) if (day - last > keepDays) this.last.delete(key);
  }
}

/** 53 bits of a text (cyrb53): enough that two of a million names seldom meet. */
export function numberOf(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0);
}
