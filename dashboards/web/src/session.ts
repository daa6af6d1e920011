/** The session: opened by the token in the address's fragment, which never reaches a server log or a Referer. */
import { useEffect, useState } from 'react';
import type { SessionView } from '../../server/api.ts';
import { ask, Refused, sessionEnded } from './ask.ts';

export type Standing =
  | { readonly is: 'asking' }
  | { readonly is: 'open'; readonly session: SessionView }
  | { readonly is: 'shut'; readonly why: string | undefined };

/** Takes the token out of the address first, so that neither a bookmark nor a shoulder keeps it. */
function tokenFromAddress(): string | undefined {
  const token = /^#enter=([\w-]+)$/.exec(location.hash)?.[1];
  if (token !== undefined) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

async function standing(): Promise<Standing> {
  const token = tokenFromAddress();
  try {
    const session =
      token === undefined
        ? await ask<SessionView>('/api/session')
        : await ask<SessionView>('/api/session', { method: 'POST', body: { token } });
    return { is: 'open', session };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { is: 'shut', why: token === undefined && error.status === 401 ? undefined : error.message };
  }
}

/** Begun once, outside the tree: a link works once, so it must not be tried twice. */
let begun: Promise<Standing> | undefined;

export function useSession(): { standing: Standing; leave: () => void } {
  const [now, setNow] = useState<Standing>({ is: 'asking' });
  useEffect(() => {
    begun ??= standing();
    void begun.then(setNow);
    // Pasting a new link over the address of this very page changes the fragment only.
    const again = () => {
      if (location.hash.startsWith('#enter=')) void standing().then(setNow);
    };
    const ended = () => setNow({ is: 'shut', why: 'Your session has ended.' });
    window.addEventListener('hashchange', again);
    window.addEventListener(sessionEnded, ended);
    return () => {
      window.removeEventListener('hashchange', again);
      window.removeEventListener(sessionEnded, ended);
    };
  }, []);
  const leave = () => {
    const shut = () => setNow({ is: 'shut', why: 'You are signed out.' });
    ask('/api/session', { method: 'DELETE' }).then(shut, shut);
  };
  return { standing: now, leave };
}
