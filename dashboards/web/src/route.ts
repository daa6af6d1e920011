/** Moving between addresses: the History API and nothing else. */
import { useSyncExternalStore } from 'react';
import { addressOf, type Somewhere } from './address.ts';

const moved = 'cordon:moved';

export function go(route: Somewhere, how: 'push' | 'replace' = 'push'): void {
  const address = addressOf(route);
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  window.dispatchEvent(new Event(moved));
}

function listen(changed: () => void): () => void {
  window.addEventListener('popstate', changed);
  window.addEventListener(moved, changed);
  return () => {
    window.removeEventListener('popstate', changed);
    window.removeEventListener(moved, changed);
  };
}

/** The address as text, so that equal addresses are the same value to React. */
export const useAddress = (): string => useSyncExternalStore(listen, () => location.pathname + location.search);
