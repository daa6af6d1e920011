/** When a job is due, by the firm's clock. */
import { offsetMs } from '../time.ts';
import type { Instant } from '../types.ts';

const minuteMs = 60_000;
const dayMinutes = 24 * 60;
/** A job starts a little late, and ends late. */
const graceMinutes = 15;

/** `22:00-05:30`; undefined: always. */
export function dueAt(hours: string | undefined, zone: string): (at: Instant) => boolean {
  const [, fromHour, fromMinute, toHour, toMinute] = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(hours ?? '') ?? [];
  if (fromHour === undefined) return () => true;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const lasts = (Number(toHour) * 60 + Number(toMinute) - from + dayMinutes) % dayMinutes;
  return (at) => {
    const minute = Math.floor((at + offsetMs(zone, at)) / minuteMs) % dayMinutes;
    return (minute - from + dayMinutes) % dayMinutes < lasts + graceMinutes;
  };
}
