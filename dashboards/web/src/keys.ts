/** Keys without a modifier. They can be switched off (WCAG 2.1.4), and never act while somebody types. */
import { useLayoutEffect, useRef } from 'react';
import { remember, remembered } from './memory.ts';

export type Keys = Readonly<Record<string, () => void>>;

export const keysOn = (): boolean => remembered('keys') !== 'off';
export const switchKeys = (on: boolean): void => remember('keys', on ? 'on' : 'off');

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, select, textarea, [role=slider]') !== null;

/** Named by `KeyboardEvent.key`, long names in small letters. Arrows and Escape always work; letters and signs only while keys are on.
 * They work from the moment that what they act on is drawn: a layout effect, since an ordinary one may run after a first key. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (document.querySelector('dialog[open]') || typing(event.target)) return;
      const act = latest.current[event.key.length === 1 ? event.key : event.key.toLowerCase()];
      if (!act || (event.key.length === 1 && !keysOn())) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

/** Moves the focus among the elements of a list; from outside it enters at the first. */
export function step(selector: string, by: 1 | -1): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>(selector)];
  const here = all.indexOf(document.activeElement as HTMLElement);
  const current = here >= 0 ? here : all.findIndex((element) => element.closest('[aria-current=true]') !== null);
  const next = all[current < 0 ? 0 : Math.min(all.length - 1, Math.max(0, current + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  return next;
}
