/** Addresses: read into a route, written from one. The address is all the state a colleague needs to see the same. */
import { useSyncExternalStore } from 'react';

export interface ClientRoute {
  readonly page: 'client';
  readonly client: string;
  /** ISO 8601; absent: what the server thinks of first. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly actor?: string | undefined;
  /** The alert one came from. */
  readonly alert?: string | undefined;
  /** The access whose panel is open. */
  readonly access?: string | undefined;
}

export type Route =
  | { readonly page: 'alerts'; readonly state?: string | undefined }
  | { readonly page: 'alert'; readonly alert: string }
  | ClientRoute
  | { readonly page: 'nowhere' };

const clientParts = ['from', 'until', 'actor', 'alert', 'access'] as const;

export function readRoute({ pathname, search }: { pathname: string; search: string }): Route {
  const query = new URLSearchParams(search);
  const part = (name: string) => query.get(name) ?? undefined;
  if (pathname === '/' || pathname === '/alerts') return { page: 'alerts', state: part('state') };
  const [, kind, id, ...more] = pathname.split('/');
  if (!id || more.length > 0) return { page: 'nowhere' };
  if (kind === 'alerts') return { page: 'alert', alert: decodeURIComponent(id) };
  if (kind !== 'clients') return { page: 'nowhere' };
  const parts = Object.fromEntries(clientParts.map((name) => [name, part(name)]));
  return { page: 'client', client: decodeURIComponent(id), ...parts };
}

export function addressOf(route: Exclude<Route, { page: 'nowhere' }>): string {
  if (route.page === 'alerts') return route.state ? `/alerts?state=${encodeURIComponent(route.state)}` : '/alerts';
  if (route.page === 'alert') return `/alerts/${encodeURIComponent(route.alert)}`;
  const query = new URLSearchParams();
  for (const name of clientParts) if (route[name] !== undefined) query.set(name, route[name]);
  const text = query.toString();
  return `/clients/${encodeURIComponent(route.client)}${text && `?${text}`}`;
}

const moved = 'cordon:moved';

export function go(route: Exclude<Route, { page: 'nowhere' }>, how: 'push' | 'replace' = 'push'): void {
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
