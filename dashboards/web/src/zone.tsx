/** Whose clock the page shows. It is always written beside the times. */
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { type Faces, facesOf } from './clock.ts';
import { remember, remembered } from './memory.ts';

export type ZoneChoice = 'firm' | 'utc' | 'mine';

export interface Clock extends Faces {
  readonly zone: string;
  readonly choice: ZoneChoice;
  readonly zones: Readonly<Record<ZoneChoice, string>>;
  readonly choose: (choice: ZoneChoice) => void;
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
