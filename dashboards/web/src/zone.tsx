/** Whose clock the page shows. It is always written beside the times. */
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { offsetMs, toLocal } from '../../../core/time.ts';
import { remember, remembered } from './memory.ts';

export type ZoneChoice = 'firm' | 'utc' | 'mine';

export interface Clock {
  readonly zone: string;
  readonly choice: ZoneChoice;
  readonly zones: Readonly<Record<ZoneChoice, string>>;
  readonly choose: (choice: ZoneChoice) => void;
  /** `Thu 5 Mar 22:11:04`. */
  readonly moment: (at: string | number) => string;
  /** `22:11:04`. */
  readonly time: (at: string | number) => string;
  /** `Thu 5 Mar 2026`. */
  readonly day: (at: string | number) => string;
  /** `Thu 5 Mar 2026 22:11:04.123 +00:00 Europe/London`. */
  readonly exact: (at: string | number) => string;
}

const Context = createContext<Clock | undefined>(undefined);

export function useClock(): Clock {
  const clock = useContext(Context);
  if (!clock) throw new Error('no clock above this part of the page');
  return clock;
}

const isChoice = (text: string | undefined): text is ZoneChoice => text === 'firm' || text === 'utc' || text === 'mine';

export function ZoneOfReader({ firmZone, children }: { firmZone: string; children: ReactNode }) {
  const [choice, setChoice] = useState<ZoneChoice>(() => {
    const kept = remembered('zone');
    return isChoice(kept) ? kept : 'firm';
  });
  const clock = useMemo<Clock>(() => {
    const mine = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
    const zones = { firm: firmZone, utc: 'UTC', mine };
    const choose = (next: ZoneChoice) => {
      remember('zone', next);
      setChoice(next);
    };
    return { zones, choice, choose, zone: zones[choice], ...facesOf(zones[choice]) };
  }, [choice, firmZone]);
  return <Context value={clock}>{children}</Context>;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Written by hand: a time in evidence looks the same in every browser and language. */
export function facesOf(zone: string): Pick<Clock, 'moment' | 'time' | 'day' | 'exact'> {
  const ms = (at: string | number) => (typeof at === 'number' ? at : Date.parse(at));
  const face = (at: string | number) => new Date(toLocal(zone, ms(at)));
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

const named: Readonly<Record<ZoneChoice, string>> = { firm: 'Firm', utc: 'UTC', mine: 'Yours' };

export function ZoneSwitch() {
  const { zones, choice, choose } = useClock();
  return (
    <label className="zone">
      <span>Times in</span>
      <select value={choice} onChange={({ target }) => isChoice(target.value) && choose(target.value)}>
        {(['firm', 'utc', 'mine'] as const).map((name) => (
          <option key={name} value={name}>
            {name === 'utc' ? 'UTC' : `${named[name]}: ${zones[name]}`}
          </option>
        ))}
      </select>
    </label>
  );
}
