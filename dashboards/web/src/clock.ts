/** Instants as a zone's clock shows them. Pure. */
import { offsetMs } from '../../../core/time.ts';

/** How a moment is written. */
export interface Faces {
  /** `Thu 5 Mar 22:11:04`. */
  readonly moment: (at: string | number) => string;
  /** `22:11:04`. */
  readonly time: (at: string | number) => string;
  /** `Thu 5 Mar 2026`. */
  readonly day: (at: string | number) => string;
  /** `Thu 5 Mar 2026 22:11:04.123 +00:00 Europe/London`. */
  readonly exact: (at: string | number) => string;
}

/** The ms at which UTC's clock shows what this zone's shows at that instant. */
export const localMs = (zone: string, at: number): number => at + offsetMs(zone, at);

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Written by hand: a time in evidence looks the same in every browser and language. */
export function facesOf(zone: string): Faces {
  const ms = (at: string | number) => (typeof at === 'number' ? at : Date.parse(at));
  const face = (at: string | number) => new Date(localMs(zone, ms(at)));
  const shortDay = (date: Date) => `${weekdays[date.getUTCDay()]} ${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
  const time = (at: string | number) => face(at).toISOString().slice(11, 19);
  const day = (at: string | number) => `${shortDay(face(at))} ${face(at).getUTCFullYear()}`;
  return {
    time,
    day,
    moment: (at) => `${shortDay(face(at))} ${time(at)}`,
    exact: (at) => `${day(at)} ${face(at).toISOString().slice(11, 23)} ${offsetText(zone, ms(at))} ${zone}`,
  };
}

function offsetText(zone: string, at: number): string {
  const minutes = Math.round(offsetMs(zone, at) / 60_000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${minutes < 0 ? '−' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}
