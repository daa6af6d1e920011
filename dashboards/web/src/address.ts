/** Addresses: read into a route, written from one. The address is all the state a colleague needs to see the same. Pure. */
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

/** A route that has an address. */
export type Somewhere = Exclude<Route, { page: 'nowhere' }>;

export function addressOf(route: Somewhere): string {
  if (route.page === 'alerts') return route.state ? `/alerts?state=${encodeURIComponent(route.state)}` : '/alerts';
  if (route.page === 'alert') return `/alerts/${encodeURIComponent(route.alert)}`;
  const query = new URLSearchParams();
  for (const name of clientParts) if (route[name] !== undefined) query.set(name, route[name]);
  const text = query.toString();
  return `/clients/${encodeURIComponent(route.client)}${text && `?${text}`}`;
}
